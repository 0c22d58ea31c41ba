-- Lists a directory and downloads a file, through the FFI of LuaJIT.
--
--     luajit download.lua ftp://user:password@host/directory FILE
local ffi = require("ffi")

-- Of a structure, the members up to the last one that is used are enough.
ffi.cdef [[
typedef struct ftp_handle ftp_handle;
typedef struct ftp_list ftp_list;
typedef struct { const char *name; size_t name_len; int type; int format; int64_t size; } ftp_entry;
typedef struct { const char *name; int64_t bytes; } ftp_progress;
typedef int (*ftp_progress_fn)(const ftp_progress *progress, void *user);
const char *ftp_version(void);
ftp_handle *ftp_new(void);
void ftp_free(ftp_handle *ftp);
const char *ftp_last_error(const ftp_handle *ftp);
int ftp_open(ftp_handle *ftp, const char *url);
int ftp_list_open(ftp_handle *ftp, const char *path, int flags, ftp_list **out);
int ftp_list_next(ftp_list *list, const ftp_entry **out);
void ftp_list_free(ftp_list *list);
int ftp_set_progress_callback(ftp_handle *ftp, ftp_progress_fn progress_cb, void *user);
int ftp_get(ftp_handle *ftp, const char *remote, const char *local, int flags);
int ftp_quit(ftp_handle *ftp);
]]
local FTP_OK, FTP_ENTRY_DIRECTORY = 0, 2
local lib = ffi.load("libftpclient.so.0")
local Client = {}
Client.__index = Client

function Client.open(url)
    -- The garbage collector ends a session that nobody has ended.
    local self = setmetatable({ handle = ffi.gc(lib.ftp_new(), lib.ftp_free) }, Client)
    self:check(lib.ftp_open(self.handle, url))
    return self
end

function Client:check(status)
    if status ~= FTP_OK then
        error({ status = status, message = ffi.string(lib.ftp_last_error(self.handle)) })
    end
end

-- An iterator: the name, whether it is a directory, and the size.
function Client:entries()
    local out, entry = ffi.new("ftp_list *[1]"), ffi.new("const ftp_entry *[1]")
    self:check(lib.ftp_list_open(self.handle, nil, 0, out))
    local list = ffi.gc(out[0], lib.ftp_list_free)
    return function()
        if lib.ftp_list_next(list, entry) == FTP_OK then
            return ffi.string(entry[0].name), entry[0].type == FTP_ENTRY_DIRECTORY, tonumber(entry[0].size)
        end
    end
end

-- For one client of the program: LuaJIT has few callbacks, and each stays until its free() is called.
function Client:on_progress(log)
    -- An error must not cross the library.
    local told = ffi.cast("ftp_progress_fn", function(progress)
        return pcall(log, tonumber(progress.bytes)) and 0 or 1
    end)
    self:check(lib.ftp_set_progress_callback(self.handle, told, nil))
end

function Client:get(remote) self:check(lib.ftp_get(self.handle, remote, remote, 0)) end
-- Compiled code must not make a call that calls back.
jit.off(Client.get)
local url, file = ...
print("libftpclient " .. ffi.string(lib.ftp_version()))
local ok, failure = pcall(function()
    local ftp = Client.open(url)
    for name, is_directory, size in ftp:entries() do print(is_directory and name .. "/" or name .. " " .. size) end
    ftp:on_progress(function(bytes) print(("%d bytes"):format(bytes)) end)
    ftp:get(file)
    ftp:check(lib.ftp_quit(ftp.handle))
end)
if not ok then
    io.stderr:write("download.lua: ", type(failure) == "table" and failure.message or failure, "\n")
    os.exit(1)
end
