// Lists a directory and downloads a file, through P/Invoke: for .NET, and for Mono (Debian: mono-mcs).
//
//     mcs Download.cs && mono Download.exe ftp://user:password@host/directory FILE
using System;
using System.Runtime.InteropServices;

// A SafeHandle is freed by Dispose(), or else by the garbage collector, and never while a call has it.
sealed class Ftp : SafeHandle
{
    // Of a structure, the members up to the last one that is used are enough.
    public struct Entry {
        public IntPtr name; public UIntPtr nameLength; public int Type, Format; public long Size;
        public string Name { get { return Marshal.PtrToStringAnsi(name); } }
    }
    struct Progress { public IntPtr Name; public long Bytes; }
    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    delegate int ProgressFn(ref Progress progress, IntPtr user);

    // A string is UTF-8 on Unix, in both directions.
    const string Library = "libftpclient.so.0";
    [DllImport(Library)] static extern IntPtr ftp_version();
    [DllImport(Library)] static extern Ftp ftp_new();
    [DllImport(Library)] static extern void ftp_free(IntPtr ftp);
    [DllImport(Library)] static extern IntPtr ftp_last_error(Ftp ftp);
    [DllImport(Library)] static extern int ftp_open(Ftp ftp, string url);
    [DllImport(Library)] static extern int ftp_list_open(Ftp ftp, string path, int flags, out IntPtr list);
    [DllImport(Library)] static extern int ftp_list_next(IntPtr list, out IntPtr entry);
    [DllImport(Library)] static extern void ftp_list_free(IntPtr list);
    [DllImport(Library)] static extern int ftp_set_progress_callback(Ftp ftp, ProgressFn progress, IntPtr user);
    [DllImport(Library)] static extern int ftp_get(Ftp ftp, string remote, string local, int flags);
    [DllImport(Library)] static extern int ftp_quit(Ftp ftp);
    public const int Ok = 0, Directory = 2;
    ProgressFn progress; // the garbage collector takes what nobody holds

    Ftp() : base(IntPtr.Zero, true) { }
    public static Ftp New() { return ftp_new(); }
    public override bool IsInvalid { get { return handle == IntPtr.Zero; } }
    protected override bool ReleaseHandle() { ftp_free(handle); return true; }
    public static string Version { get { return Marshal.PtrToStringAnsi(ftp_version()); } }

    public sealed class Failure : Exception { public Failure(string message) : base(message) { } }
    void Check(int status) { if (status != Ok) throw new Failure(Marshal.PtrToStringAnsi(ftp_last_error(this))); }
    public void Open(string url) { Check(ftp_open(this, url)); }
    public void Get(string file) { Check(ftp_get(this, file, file, 0)); }
    public void Quit() { Check(ftp_quit(this)); }

    public void List(Action<Entry> tell) {
        IntPtr list, at;
        Check(ftp_list_open(this, null, 0, out list));
        try {
            while (ftp_list_next(list, out at) == Ok) tell(Marshal.PtrToStructure<Entry>(at));
        } finally { ftp_list_free(list); }
    }

    public void OnProgress(Action<long> tell) {
        // An exception must not cross the library.
        progress = (ref Progress told, IntPtr user) => { try { tell(told.Bytes); return 0; } catch (Exception) { return 1; } };
        Check(ftp_set_progress_callback(this, progress, IntPtr.Zero));
    }
}

static class Download {
    static int Main(string[] arguments) {
        Console.WriteLine("libftpclient " + Ftp.Version);
        try {
            using (var ftp = Ftp.New()) {
                ftp.Open(arguments[0]);
                ftp.List(entry => Console.WriteLine(entry.Name + (entry.Type == Ftp.Directory ? "/" : " " + entry.Size)));
                ftp.OnProgress(bytes => Console.WriteLine(bytes + " bytes"));
                ftp.Get(arguments[1]);
                ftp.Quit();
            }
            return 0;
        } catch (Ftp.Failure failure) {
            Console.Error.WriteLine("Download.cs: " + failure.Message);
            return 1;
        }
    }
}
