// Lists a directory and downloads a file, through cgo.
//
//	go run download.go ftp://user:password@host/directory FILE
package main

/*
#cgo LDFLAGS: -lftpclient
#include <ftpclient.h>
#include <stdlib.h>

typedef const ftp_progress const_progress;
int goProgress(const_progress *progress, void *user);

// C keeps no pointers of Go: a cgo.Handle is a number.
static ftp_status set_progress(ftp_handle *ftp, uintptr_t user)
{
    return ftp_set_progress_callback(ftp, user == 0 ? NULL : goProgress, (void *)user);
}
*/
import "C"

import (
	"errors"
	"fmt"
	"os"
	"runtime/cgo"
	"unsafe"
)

type client struct{ handle *C.ftp_handle }
type progress func(bytes int64)

//export goProgress
func goProgress(told *C.const_progress, user unsafe.Pointer) C.int {
	cgo.Handle(uintptr(user)).Value().(progress)(int64(told.bytes))
	return 0
}

func (c client) check(status C.ftp_status) error {
	if status != C.FTP_OK {
		return errors.New(C.GoString(C.ftp_last_error(c.handle)))
	}
	return nil
}

func (c client) list(tell func(*C.ftp_entry)) error {
	var list *C.ftp_list
	if err := c.check(C.ftp_list_open(c.handle, nil, 0, &list)); err != nil {
		return err
	}
	defer C.ftp_list_free(list)
	var entry *C.ftp_entry
	for C.ftp_list_next(list, &entry) == C.FTP_OK {
		tell(entry)
	}
	return nil
}

func (c client) get(file string, tell progress) error {
	name, user := C.CString(file), cgo.NewHandle(tell)
	defer user.Delete()
	defer C.free(unsafe.Pointer(name))
	if err := c.check(C.set_progress(c.handle, C.uintptr_t(user))); err != nil {
		return err
	}
	defer C.set_progress(c.handle, 0)
	return c.check(C.ftp_get(c.handle, name, name, 0))
}

func run(url, file string) error {
	ftp, text := client{C.ftp_new()}, C.CString(url)
	defer C.free(unsafe.Pointer(text))
	defer C.ftp_free(ftp.handle)
	if err := ftp.check(C.ftp_open(ftp.handle, text)); err != nil {
		return err
	}
	err := ftp.list(func(entry *C.ftp_entry) {
		if name := C.GoString(entry.name); entry._type == C.FTP_ENTRY_DIRECTORY {
			fmt.Println(name + "/")
		} else {
			fmt.Println(name, entry.size)
		}
	})
	if err != nil {
		return err
	}
	if err := ftp.get(file, func(bytes int64) { fmt.Println(bytes, "bytes") }); err != nil {
		return err
	}
	return ftp.check(C.ftp_quit(ftp.handle))
}

func main() {
	fmt.Println("libftpclient", C.GoString(C.ftp_version()))
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "download.go:", err)
		os.Exit(1)
	}
}
