// Lists a directory and downloads a file, through koffi (npm install koffi). Node goes on with other work meanwhile.
//
//     node download.js ftp://user:password@host/directory FILE
const koffi = require("koffi");
const { promisify } = require("util");
const [FTP_OK, FTP_ENTRY_DIRECTORY] = [0, 2];
["ftp_handle", "ftp_list"].forEach((name) => koffi.opaque(name));
// Of a structure, the members up to the last one that is used are enough.
const Entry = koffi.struct("ftp_entry", { name: "const char *", name_len: "size_t", type: "int", format: "int", size: "int64_t" });
const Progress = koffi.struct("ftp_progress", { name: "const char *", bytes: "int64_t" });
const ProgressFn = koffi.proto("int ftp_progress_fn(const ftp_progress *progress, void *user)");
// The calls of the library need more than the stack of 256 KiB that koffi gives to its threads.
koffi.config({ ...koffi.config(), async_stack_size: 1 << 20 });
const library = koffi.load("libftpclient.so.0");
const [ftp_version, ftp_new, ftp_free, ftp_last_error, ftp_list_free, ftp_set_progress_callback] = [
  "const char *ftp_version(void)",
  "ftp_handle *ftp_new(void)",
  "void ftp_free(ftp_handle *ftp)",
  "const char *ftp_last_error(const ftp_handle *ftp)",
  "void ftp_list_free(ftp_list *list)",
  "int ftp_set_progress_callback(ftp_handle *ftp, ftp_progress_fn *progress_cb, void *user)",
].map((prototype) => library.func(prototype));
// What waits for the server.
const [ftp_open, ftp_list_open, ftp_list_next, ftp_get, ftp_quit] = [
  "int ftp_open(ftp_handle *ftp, const char *url)",
  "int ftp_list_open(ftp_handle *ftp, const char *path, int flags, _Out_ ftp_list **out)",
  "int ftp_list_next(ftp_list *list, _Out_ void **out)",
  "int ftp_get(ftp_handle *ftp, const char *remote, const char *local, int flags)",
  "int ftp_quit(ftp_handle *ftp)",
].map((prototype) => promisify(library.func(prototype).async));

class Ftp {
  #handle = ftp_new();
  #progress = null;
  #check(status) {
    if (status !== FTP_OK) throw Object.assign(new Error(ftp_last_error(this.#handle)), { status });
  }
  async open(url) { this.#check(await ftp_open(this.#handle, url)); }
  async quit() { this.#check(await ftp_quit(this.#handle)); }
  free() {
    ftp_free(this.#handle);
    if (this.#progress) koffi.unregister(this.#progress);
  }

  async *entries() {
    const [list, entry] = [[null], [null]];
    this.#check(await ftp_list_open(this.#handle, null, 0, list));
    try {
      while ((await ftp_list_next(list[0], entry)) === FTP_OK) yield koffi.decode(entry[0], Entry);
    } finally {
      ftp_list_free(list[0]);
    }
  }

  onProgress(tell) {
    const stops = (told) => { try { tell(Number(koffi.decode(told, Progress).bytes)); } catch { return 1; } return 0; };
    this.#progress = koffi.register(stops, koffi.pointer(ProgressFn)); // an exception must not cross the library
    this.#check(ftp_set_progress_callback(this.#handle, this.#progress, null));
  }
  async get(file) { this.#check(await ftp_get(this.#handle, file, file, 0)); }
}

async function main(url, file) {
  console.log(`libftpclient ${ftp_version()}`);
  const ftp = new Ftp();
  try {
    await ftp.open(url);
    for await (const { name, type, size } of ftp.entries()) console.log(type === FTP_ENTRY_DIRECTORY ? `${name}/` : `${name} ${size}`);
    ftp.onProgress((bytes) => console.log(`${bytes} bytes`));
    await ftp.get(file);
    await ftp.quit();
  } finally {
    ftp.free();
  }
}
main(...process.argv.slice(2)).catch((error) => {
  console.error(`download.js: ${error.message}`);
  process.exitCode = 1;
});
