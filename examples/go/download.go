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
    return ftp_set_progress_callback(ftp, goProgress, (void *)user);
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

//export goProgress
func goProgress(told *C.const_progress, user unsafe.Pointer) C.int {
	cgo.Handle(uintptr(user)).Value().(func(int64))(int64(told.bytes)) // it must not panic: that would cross the library
	return 0
}

func list(ftp *C.ftp_handle) C.ftp_status {
	var list *C.ftp_list
	if status := C.ftp_list_open(ftp, nil, 0, &list); status != C.FTP_OK {
		return status
	}
	defer C.ftp_list_free(list)
	var entry *C.ftp_entry
	for C.ftp_list_next(list, &entry) == C.FTP_OK {
		if entry._type == C.FTP_ENTRY_DIRECTORY {
			fmt.Println(C.GoString(entry.name) + "/")
		} else {
			fmt.Println(C.GoString(entry.name), entry.size)
		}
	}
	return C.FTP_OK
}

func run(address, name string) error {
	tell := cgo.NewHandle(func(bytes int64) { fmt.Println(bytes, "bytes") })
	defer tell.Delete()
	url, file := C.CString(address), C.CString(name)
	defer C.free(unsafe.Pointer(url))
	defer C.free(unsafe.Pointer(file))
	ftp := C.ftp_new()
	defer C.ftp_free(ftp)
	for _, step := range []func() C.ftp_status{
		func() C.ftp_status { return C.ftp_open(ftp, url) },
		func() C.ftp_status { return list(ftp) },
		func() C.ftp_status { return C.set_progress(ftp, C.uintptr_t(tell)) },
		func() C.ftp_status { return C.ftp_get(ftp, file, file, 0) },
		func() C.ftp_status { return C.ftp_quit(ftp) },
	} {
		if step() != C.FTP_OK {
			return errors.New(C.GoString(C.ftp_last_error(ftp)))
		}
	}
	return nil
}

func main() {
	fmt.Println("libftpclient", C.GoString(C.ftp_version()))
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "download.go:", err)
		os.Exit(1)
	}
}
