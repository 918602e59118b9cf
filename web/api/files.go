package api

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"itms"
)

// filesPath is what devices download and uploaded.
const filesPath = base + "/files"

// fileListInput selects files.
type fileListInput struct {
	Kind   fileKind `query:"kind" doc:"Only files of this kind."`
	Model  string   `query:"model" doc:"Only files that fit this model or profile." example:"STB-4K"`
	Device string   `query:"device" doc:"Only files that this device delivered." example:"00005E-STB-S1001"`
	Offer  bool     `query:"offer" doc:"Only files that devices may be given when they ask for one."`
	Q      string   `query:"q" doc:"Part of the name, version or note, in any case; or the beginning of the SHA-256." example:"2.4.1"`
	Cursor string   `query:"cursor" doc:"Next of the answer before."`
	Limit  int      `query:"limit" minimum:"1" maximum:"500" doc:"Most items wanted; 50 when left out." example:"50"`
}

// fileInput names one file.
type fileInput struct {
	ID string `path:"id" doc:"Id of the file." example:"01J0000000000000000000000Z"`
}

// fileOutput is one file.
type fileOutput struct{ Body fileView }

// fileView is one file without its content.
type fileView struct {
	ID        string    `json:"id" example:"01J0000000000000000000000Z"`
	Name      string    `json:"name" example:"stb-4k-2.4.1.bin"`
	Kind      fileKind  `json:"kind"`
	FileType  string    `json:"fileType" doc:"As Download and Upload call it." example:"1 Firmware Upgrade Image"`
	Version   string    `json:"version,omitempty" doc:"As a device reports it once it runs." example:"2.4.1"`
	Models    []string  `json:"models" doc:"Models and profiles that it fits; empty = all. A final * stands for any end."`
	Size      int64     `json:"size" doc:"Bytes." example:"8388608"`
	SHA256    string    `json:"sha256" example:"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"`
	Device    string    `json:"device,omitempty" doc:"Device that delivered it." example:"00005E-STB-S1001"`
	CreatedAt time.Time `json:"createdAt"`
	Actor     string    `json:"actor" doc:"Name of the token that added it." example:"console"`
	Note      string    `json:"note,omitempty"`
	Offer     bool      `json:"offer,omitempty" doc:"Given to devices that ask for a file of its type (RequestDownload) and that it fits, the newest first."`
}

// fileRoutes registers the operations on files.
func (s *Server) fileRoutes() {
	if s.opts.Files == nil {
		return
	}
	one := filesPath + "/{id}"
	s.addFileRoute()
	add(s, route{method: http.MethodGet, path: filesPath, id: "list-files", tag: "Files", summary: "List files",
		description: "Newest first, without their content.", needs: filesRead, example: pageOf[fileView]{Items: []fileView{exampleFile()}},
		problems: []int{http.StatusUnprocessableEntity}}, s.listFiles)
	add(s, route{method: http.MethodGet, path: one, id: "get-file", tag: "Files", summary: "Show a file",
		description: "What is known of it, without its content.", needs: filesRead, example: exampleFile(),
		problems: []int{http.StatusNotFound}}, s.getFile)
	add(s, route{method: http.MethodGet, path: one + "/content", id: "get-file-content", tag: "Files", summary: "Fetch the content of a file",
		description: "The bytes as they are, also a range of them; ETag is the SHA-256. Configurations and logs may hold secrets: not everybody " +
			"who may list files may fetch them.",
		needs: filesContent, media: octets, example: "version: 2.4.1\n", problems: []int{http.StatusNotFound}}, s.getFileContent)
	s.api.OpenAPI().Paths[one+"/content"].Get.Responses["200"].Content[octets].Schema = &huma.Schema{Type: huma.TypeString, Format: "binary"}
	add(s, route{method: http.MethodDelete, path: one, id: "delete-file", tag: "Files", summary: "Delete a file",
		description: "FILE_IN_USE while a device may still fetch it.", needs: filesWrite, example: exampleFile(),
		problems: []int{http.StatusNotFound, http.StatusConflict}}, s.deleteFile)
	add(s, route{method: http.MethodPut, path: one + "/offer", id: "offer-file", tag: "Files", summary: "Offer a file to devices",
		description: "Devices that ask for a file of its type (RequestDownload) and that it fits are given the newest one that is offered, by a " +
			"download task; each device once a day, and not the version that it runs. Firmware needs a version for that.",
		needs: filesWrite, example: exampleFile(), problems: []int{http.StatusNotFound, http.StatusUnprocessableEntity}}, s.offerFile)
	add(s, route{method: http.MethodDelete, path: one + "/offer", id: "withdraw-file", tag: "Files", summary: "Offer a file no more",
		description: "Tasks that bring it to devices already go on.", needs: filesWrite, example: exampleFile(),
		problems: []int{http.StatusNotFound}}, s.withdrawFile)
}

// offerFile offers a file to devices.
func (s *Server) offerFile(ctx context.Context, in *fileInput) (*fileOutput, error) {
	return s.setOffer(ctx, in.ID, true)
}

// withdrawFile takes the offer back.
func (s *Server) withdrawFile(ctx context.Context, in *fileInput) (*fileOutput, error) {
	return s.setOffer(ctx, in.ID, false)
}

// setOffer says whether devices may be given a file.
func (s *Server) setOffer(ctx context.Context, id string, offer bool) (*fileOutput, error) {
	if err := everywhere(ctx); err != nil {
		return nil, err
	}
	f, err := s.opts.Files.OfferFile(ctx, recordOf(ctx).actor, itms.FileID(id), offer)
	if err != nil {
		return nil, err
	}
	return &fileOutput{viewFile(f)}, nil
}

// fileList marks the cursors of the list of files.
const fileList = "files"

// scanFiles is how many files are read at a time while the list is filtered.
const scanFiles = 200

// listFiles lists files, newest first.
func (s *Server) listFiles(ctx context.Context, in *fileListInput) (*listOutput[fileView], error) {
	before, err := readCursor(fileList, in.Cursor)
	if err != nil {
		return nil, err
	}
	limit := limitOf(in.Limit)
	var list []*itms.File
	err = s.opts.Store.View(ctx, func(tx itms.Tx) error {
		list, err = selectFiles(tx, in, itms.FileID(before), limit+1)
		return err
	})
	if err != nil {
		return nil, err
	}
	return newPage(fileList, list, limit, func(f *itms.File) string { return string(f.ID) }, viewFile), nil
}

// selectFiles reads files until enough of them pass.
func selectFiles(tx itms.Tx, in *fileListInput, before itms.FileID, enough int) (list []*itms.File, err error) {
	q := itms.FileQuery{Kind: itms.FileKind(in.Kind), Offer: in.Offer, Before: before, Limit: max(enough, scanFiles)}
	for {
		some, err := tx.Files().List(q)
		if err != nil {
			return nil, err
		}
		for _, f := range some {
			if in.wants(f) {
				list = append(list, f)
			}
		}
		if len(list) >= enough || len(some) < q.Limit {
			return list[:min(len(list), enough)], nil
		}
		q.Before = some[len(some)-1].ID
	}
}

// wants reports whether a file passes the filters that the store does not know.
func (in *fileListInput) wants(f *itms.File) bool {
	if in.Model != "" && !f.Fits(in.Model, "") || in.Device != "" && in.Device != f.Device.String() && in.Device != plainID(f.Device) {
		return false
	}
	q := strings.ToLower(in.Q)
	return q == "" || strings.HasPrefix(f.SHA256, q) || slices.ContainsFunc([]string{f.Name, f.Version, f.Note}, func(text string) bool {
		return strings.Contains(strings.ToLower(text), q)
	})
}

// readFile reads one file's record.
func (s *Server) readFile(ctx context.Context, id string) (f *itms.File, err error) {
	err = s.opts.Store.View(ctx, func(tx itms.Tx) error {
		f, err = tx.Files().Get(itms.FileID(id))
		return err
	})
	return f, err
}

// getFile shows a file.
func (s *Server) getFile(ctx context.Context, in *fileInput) (*fileOutput, error) {
	f, err := s.readFile(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &fileOutput{viewFile(f)}, nil
}

// deleteFile removes a file.
func (s *Server) deleteFile(ctx context.Context, in *fileInput) (*fileOutput, error) {
	if err := everywhere(ctx); err != nil {
		return nil, err
	}
	f, err := s.opts.Files.DeleteFile(ctx, recordOf(ctx).actor, itms.FileID(in.ID))
	if err != nil {
		return nil, err
	}
	return &fileOutput{viewFile(f)}, nil
}

// viewFile shows a file.
func viewFile(f *itms.File) fileView {
	return fileView{ID: string(f.ID), Name: f.Name, Kind: fileKind(f.Kind), FileType: f.FileType, Version: f.Version,
		Models: append([]string{}, f.Models...), Size: f.Size, SHA256: f.SHA256, Device: f.Device.String(), CreatedAt: f.CreatedAt,
		Actor: f.Actor, Note: f.Note, Offer: f.Offer}
}

// exampleFile is a firmware.
func exampleFile() fileView {
	return fileView{ID: exampleID, Name: "stb-4k-2.4.1.bin", Kind: fileKind(itms.FileKindFirmware), FileType: itms.FileFirmware, Version: "2.4.1",
		Models: []string{"STB-4K"}, Size: 8 << 20, SHA256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
		CreatedAt: exampleTime, Actor: "console"}
}
