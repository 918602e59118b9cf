package frozen

import (
	"reflect"
	"strings"
)

// paths compares all operations.
func (c *comparison) paths() {
	was, is := c.was.sub("paths"), c.is.sub("paths")
	for _, path := range was.names() {
		item, now := was.sub(path), is.sub(path)
		for _, method := range methods {
			op := item.sub(method)
			if op == nil {
				continue
			}
			where := strings.ToUpper(method) + " " + path
			if now.sub(method) == nil {
				c.broken(where, "is gone")
				continue
			}
			c.operation(where, op, now.sub(method))
		}
	}
}

// operation compares one.
func (c *comparison) operation(where string, was, is object) {
	if was.text("operationId") != is.text("operationId") {
		c.broken(where, "has another operationId, %q instead of %q", is.text("operationId"), was.text("operationId"))
	}
	if len(was.list("security")) == 0 && len(is.list("security")) > 0 {
		c.broken(where, "needs credentials now")
	}
	for _, scheme := range was.list("security") {
		if len(is.list("security")) > 0 && !has(is.list("security"), scheme) {
			c.broken(where, "takes other credentials")
		}
	}
	c.parameters(where, was.list("parameters"), is.list("parameters"))
	c.body(where, was.sub("requestBody"), is.sub("requestBody"))
	c.responses(where, was.sub("responses"), is.sub("responses"))
}

// has reports whether a list holds a value.
func has(list []any, v any) bool {
	for _, one := range list {
		if reflect.DeepEqual(one, v) {
			return true
		}
	}
	return false
}

// byPlace finds parameters by where they are and what they are called.
func byPlace(list []any) map[string]object {
	all := map[string]object{}
	for _, one := range list {
		if p, ok := one.(map[string]any); ok {
			o := object(p)
			all[o.text("in")+" "+o.text("name")] = o
		}
	}
	return all
}

// parameters compares what a call takes beside its body.
func (c *comparison) parameters(where string, was, is []any) {
	before, now := byPlace(was), byPlace(is)
	for _, one := range was {
		p := object(one.(map[string]any))
		name := p.text("in") + " " + p.text("name")
		q, there := now[name]
		at := where + " " + name
		switch {
		case !there:
			c.broken(at, "is gone")
			continue
		case q.yes("required") && !p.yes("required"):
			c.broken(at, "is required now")
		case !reflect.DeepEqual(p["style"], q["style"]), !reflect.DeepEqual(p["explode"], q["explode"]):
			c.broken(at, "is written in another way")
		}
		c.schema(at, request, p.sub("schema"), q.sub("schema"))
	}
	for _, one := range is {
		q := object(one.(map[string]any))
		name := q.text("in") + " " + q.text("name")
		if _, known := before[name]; !known && q.yes("required") {
			c.broken(where+" "+name, "is new and required")
		}
	}
}

// body compares what a call reads.
func (c *comparison) body(where string, was, is object) {
	at := where + " body"
	switch {
	case was == nil && is == nil:
		return
	case is == nil:
		c.broken(at, "is read no more")
		return
	case is.yes("required") && !was.yes("required"):
		c.broken(at, "is required now")
	}
	c.content(at, request, was.sub("content"), is.sub("content"))
}

// responses compares what a call answers.
func (c *comparison) responses(where string, was, is object) {
	for _, status := range was.names() {
		at, before, now := where+" "+status, was.sub(status), is.sub(status)
		if now == nil {
			c.broken(at, "is answered no more")
			continue
		}
		for _, name := range before.sub("headers").names() {
			if now.sub("headers").sub(name) == nil {
				c.broken(at+" header "+name, "is gone")
				continue
			}
			c.schema(at+" header "+name, answer, before.sub("headers").sub(name).sub("schema"), now.sub("headers").sub(name).sub("schema"))
		}
		c.content(at, answer, before.sub("content"), now.sub("content"))
	}
}

// content compares bodies by their media types.
func (c *comparison) content(where string, dir direction, was, is object) {
	for _, media := range was.names() {
		now := is.sub(media)
		if now == nil {
			c.broken(where+" "+media, "is gone")
			continue
		}
		c.schema(where+" "+media, dir, was.sub(media).sub("schema"), now.sub("schema"))
	}
}
