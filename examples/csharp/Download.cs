// Lists a directory and downloads a file, through P/Invoke: for .NET, and for Mono (Debian: mono-mcs).
//
//     mcs Download.cs && mono Download.exe ftp://user:password@host/directory FILE
using System;
using System.Runtime.InteropServices;

sealed class Ftp : IDisposable
{
    // Of a structure, the members up to the last one that is used are enough.
    [StructLayout(LayoutKind.Sequential)]
    public struct Entry { public IntPtr Name; public UIntPtr NameLength; public int Type, Format; public long Size; }
    [StructLayout(LayoutKind.Sequential)]
    public struct Progress { public IntPtr Name; public long Bytes; }
    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    delegate int ProgressFn(ref Progress progress, IntPtr user);

    const string Library = "libftpclient.so.0";
    [DllImport(Library)] static extern IntPtr ftp_version();
    [DllImport(Library)] static extern IntPtr ftp_new();
    [DllImport(Library)] static extern void ftp_free(IntPtr ftp);
    [DllImport(Library)] static extern IntPtr ftp_last_error(IntPtr ftp);
    [DllImport(Library)] static extern int ftp_open(IntPtr ftp, string url);
    [DllImport(Library)] static extern int ftp_list_open(IntPtr ftp, string path, int flags, out IntPtr list);
    [DllImport(Library)] static extern int ftp_list_next(IntPtr list, out IntPtr entry);
    [DllImport(Library)] static extern void ftp_list_free(IntPtr list);
    [DllImport(Library)] static extern int ftp_set_progress_callback(IntPtr ftp, ProgressFn progress, IntPtr user);
    [DllImport(Library)] static extern int ftp_get(IntPtr ftp, string remote, string local, int flags);
    [DllImport(Library)] static extern int ftp_quit(IntPtr ftp);
    public const int Ok = 0, Directory = 2;

    readonly IntPtr handle = ftp_new();
    ProgressFn progress; // the garbage collector takes what nobody holds

    public Ftp(string url) { Check(ftp_open(handle, url)); }
    public void Dispose() { ftp_free(handle); }
    public void Quit() { Check(ftp_quit(handle)); }
    public static string Version { get { return Marshal.PtrToStringAnsi(ftp_version()); } }

    void Check(int status) {
        if (status != Ok) throw new InvalidOperationException(Marshal.PtrToStringAnsi(ftp_last_error(handle)));
    }

    public void List(Action<string, Entry> tell) {
        IntPtr list, at;
        Check(ftp_list_open(handle, null, 0, out list));
        while (ftp_list_next(list, out at) == Ok) {
            var entry = Marshal.PtrToStructure<Entry>(at);
            tell(Marshal.PtrToStringAnsi(entry.Name), entry);
        }
        ftp_list_free(list);
    }

    public void OnProgress(Action<long> tell) {
        // An exception must not cross the library.
        progress = (ref Progress told, IntPtr user) => { try { tell(told.Bytes); return 0; } catch (Exception) { return 1; } };
        Check(ftp_set_progress_callback(handle, progress, IntPtr.Zero));
    }
    public void Get(string file) { Check(ftp_get(handle, file, file, 0)); }
}

static class Download
{
    static int Main(string[] arguments)
    {
        Console.WriteLine("libftpclient " + Ftp.Version);
        try {
            using (var ftp = new Ftp(arguments[0])) {
                ftp.List((name, entry) => Console.WriteLine(entry.Type == Ftp.Directory ? name + "/" : name + " " + entry.Size));
                ftp.OnProgress(bytes => Console.WriteLine(bytes + " bytes"));
                ftp.Get(arguments[1]);
                ftp.Quit();
            }
            return 0;
        } catch (InvalidOperationException failure) {
            Console.Error.WriteLine("Download.cs: " + failure.Message);
            return 1;
        }
    }
}
