package client_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"time"

	"itms/web/client"
)

// pretend is a server that knows one order, for the examples.
func pretend() *httptest.Server {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/v1/work-orders", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusCreated)
		fmt.Fprint(w, `{"orderNo":"WO-1001","state":"waitingDevice"}`)
	})
	mux.HandleFunc("GET /api/v1/work-orders", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"items":[{"orderNo":"WO-1001","state":"failed","reason":"the device refused it"}]}`)
	})
	mux.HandleFunc("GET /api/v1/work-orders/WO-9", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, `{"code":"NOT_FOUND","detail":"there is no order WO-9"}`)
	})
	mux.HandleFunc("GET /api/v1/events", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, "id: 7\ndata: {\"seq\":7,\"type\":\"order.done\",\"text\":\"order WO-1001 is done\"}\n\n")
	})
	mux.HandleFunc("POST /api/v1/work-orders/import", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(w, `{"line":2,"orderNo":"WO-1001","outcome":"created"}`)
		fmt.Fprintln(w, `{"line":3,"orderNo":"WO-1002","outcome":"invalid","detail":"the work order has 1 wrong field(s)"}`)
		fmt.Fprintln(w, `{"done":true,"lines":2,"created":1,"invalid":1}`)
	})
	mux.HandleFunc("POST /api/v1/devices/00005E-STB-S1001/tasks", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusAccepted)
		fmt.Fprint(w, `{"id":"01J0000000000000000000000Z","state":"queued"}`)
	})
	mux.HandleFunc("GET /api/v1/tasks/{id}", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"id":"01J0000000000000000000000Z","state":"done","final":true,"result":{"values":[{"name":"Device.DeviceInfo.SoftwareVersion","value":"2.4.1"}]}}`)
	})
	return httptest.NewServer(mux)
}

func ExampleClient_SubmitOrder() {
	server := pretend()
	defer server.Close()
	c, err := client.New(server.URL, os.Getenv("ITMS_TOKEN"))
	if err != nil {
		fmt.Println(err)
		return
	}
	order, created, err := c.SubmitOrder(context.Background(), client.OrderRequest{
		OrderNo: "WO-1001", Source: "crm", Kind: "install", Mode: "self",
		Subscriber: &client.Subscriber{ID: "U1001"},
		Service:    &client.ServiceRequest{ID: "U1001-1", Type: "iptv", Account: "iptv1001", Password: "s3cret"},
		Device:     &client.Claim{MAC: "00:00:5E:00:53:01"},
		Line:       &client.Line{Area: "510100"},
	})
	if err != nil {
		fmt.Println(err) // names every wrong field
		return
	}
	fmt.Println(order.OrderNo, order.State, created)
	// Output: WO-1001 waitingDevice true
}

func ExampleClient_Orders() {
	server := pretend()
	defer server.Close()
	c, err := client.New(server.URL, "")
	if err != nil {
		fmt.Println(err)
		return
	}
	for order, err := range c.Orders(context.Background(), client.OrderFilter{States: []string{"failed"}, Area: "51"}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(order.OrderNo, order.Reason)
	}
	// Output: WO-1001 the device refused it
}

func ExampleIsCode() {
	server := pretend()
	defer server.Close()
	c, err := client.New(server.URL, "")
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = c.Order(context.Background(), client.No("WO-9"))
	fmt.Println(client.IsCode(err, client.CodeNotFound), err)
	// Output: true there is no order WO-9 (NOT_FOUND)
}

func ExampleClient_Events() {
	server := pretend()
	defer server.Close()
	c, err := client.New(server.URL, "")
	if err != nil {
		fmt.Println(err)
		return
	}
	for event, err := range c.Events(context.Background(), client.EventFilter{Types: []string{"order."}, After: 6}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(event.Seq, event.Text)
		break
	}
	// Output: 7 order WO-1001 is done
}

func ExampleClient_ImportOrders() {
	server := pretend()
	defer server.Close()
	c, err := client.New(server.URL, "")
	if err != nil {
		fmt.Println(err)
		return
	}
	file := strings.NewReader("orderNo,kind,mode,service.id\nWO-1001,terminate,self,U1001-1\nWO-1002,terminate,self,\n")
	in, err := c.ImportOrders(context.Background(), file, client.ImportOptions{DryRun: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	for line := range in.Lines() {
		if !line.Good() {
			fmt.Printf("line %d: %s: %s\n", line.Line, line.OrderNo, line.Detail)
		}
	}
	totals, err := in.Totals()
	fmt.Println(totals.Created, "of", totals.Lines, err)
	// Output:
	// line 3: WO-1002: the work order has 1 wrong field(s)
	// 1 of 2 <nil>
}

func ExampleClient_RunTask() {
	server := pretend()
	defer server.Close()
	c, err := client.New(server.URL, "")
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	task, err := c.RunTask(ctx, "00005E-STB-S1001", client.TaskRequest{Kind: "get", Names: []string{"Device.DeviceInfo."}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(task.State, task.Result.Values[0].Value)
	// Output: done 2.4.1
}
