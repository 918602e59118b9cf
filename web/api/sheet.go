package api

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"itms"
	"itms/internal/label"
)

// exampleSVG stands for a drawing in examples, which would be long.
const exampleSVG = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 41 41">...</svg>`

// technicianPath is where the technician's page shows an order, below the public address.
const technicianPath = "/t/orders/"

// sheetView is what is printed for whoever goes to the customer.
type sheetView struct {
	Order       orderView `json:"order"`
	URL         string    `json:"url,omitempty" doc:"Of the order on the technician's page; absent when the server was not told its public address." example:"https://itms.example.com/t/orders/WO-1001"`
	QR          string    `json:"qr" doc:"SVG; of url, or of the order number."`
	Barcode     string    `json:"barcode,omitempty" doc:"SVG; the order number as Code 128. Absent when it has characters that Code 128 has not. The answer that issues an activation code has bars of that."`
	BarcodeText string    `json:"barcodeText,omitempty" doc:"What the bars say." example:"WO-1001"`
}

// sheetOutput is one sheet.
type sheetOutput struct{ Body sheetView }

// sheetRoutes registers what is printed.
func (s *Server) sheetRoutes() {
	const link = "https://itms.example.com" + technicianPath + "WO-1001"
	add(s, route{method: http.MethodGet, path: ordersPath + "/{orderNo}/sheet", id: "get-work-order-sheet", tag: "Work orders",
		summary: "What is printed of a work order", description: "With drawings that machines read. The activation code is not part of it: " +
			"nobody knows it any more but whom it was given to. To print one, issue it anew (POST code), whose answer has the drawings too.",
		needs: ordersRead, problems: []int{http.StatusNotFound, http.StatusConflict},
		example: sheetView{Order: exampleOrder(), URL: link, QR: exampleSVG, Barcode: exampleSVG, BarcodeText: "WO-1001"}}, s.getSheet)
}

// getSheet draws the sheet of an order.
func (s *Server) getSheet(ctx context.Context, in *orderInput) (*sheetOutput, error) {
	out, err := s.getOrder(ctx, in)
	if err != nil {
		return nil, err
	}
	v := sheetView{Order: out.Body, URL: s.technicianLink(&out.Body)}
	if v.QR, err = label.QR(s.qrText(&out.Body)); err != nil {
		return nil, err
	}
	if bars, err := label.Bars(v.Order.OrderNo); err == nil { // else the number has none
		v.Barcode, v.BarcodeText = bars, v.Order.OrderNo
	}
	return &sheetOutput{v}, nil
}

// technicianLink is the address of an order on the technician's page, "" when the server
// does not know its own.
func (s *Server) technicianLink(v *orderView) string {
	if s.opts.PublicURL == "" {
		return ""
	}
	return strings.TrimSuffix(s.opts.PublicURL, "/") + technicianPath + url.PathEscape(v.OrderNo) + "?source=" + url.QueryEscape(v.Source)
}

// qrText is what the QR code of an order says.
func (s *Server) qrText(v *orderView) string {
	if link := s.technicianLink(v); link != "" {
		return link
	}
	return v.OrderNo
}

// draw adds to an order the drawings that go with the code that was just issued.
func (s *Server) draw(v *orderView, code itms.CodeDigits) {
	if code == "" {
		return
	}
	qr, err1 := label.QR(s.qrText(v))
	bars, err2 := label.Bars(string(code))
	if err1 == nil && err2 == nil { // an order number is never too long, and a code has digits only
		v.QR, v.Barcode = qr, bars
	}
}
