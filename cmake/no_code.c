/* CMake wants a source file in every library. All of this library's code is in the archive that cargo makes. */
typedef int ftpclient_no_code;
