/*
 * A scripted FTP server: a thread on 127.0.0.1 that plays one side of a dialogue, exactly as a test wrote it.
 *
 *     static void sends_a_file(struct session *s)
 *     {
 *         says(s, "220 ready");
 *         hears(s, "TYPE I");
 *         says(s, "200 binary it is");
 *         opens_passive(s);
 *         hears(s, "RETR file");
 *         says(s, "150 here it comes");
 *         data_sends(s, "hello");
 *         data_ends(s);
 *         says(s, "226 done");
 *         says_goodbye(s);
 *     }
 *
 *     struct server *server = serve(sends_a_file, NULL);
 *     ... ftp_connect(ftp, "127.0.0.1", server_port(server)) ...
 *     server_ends(server);
 *
 * Nothing waits for longer than 10 seconds. The first thing that goes otherwise than the script says fails the test,
 * prints the dialogue up to there, and ends the script.
 */
#ifndef SERVER_H
#define SERVER_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct server;
struct session;

/* --- the test's side --- */

/* Starts a server that plays the script to the first client that comes. `user` is for the script: see user_of(). */
struct server *serve(void (*script)(struct session *), void *user);
uint16_t server_port(const struct server *server);
/* Waits for the end of the script. Call it when the client is done. */
void server_ends(struct server *server);

/* --- the script's side: the control connection --- */

void *user_of(struct session *s);

/* Sends a line; CRLF is added. */
void says(struct session *s, const char *line);
/* As says(), to a client that may have left: then it returns 0. */
int tries_to_say(struct session *s, const char *line);
/* Sends these characters, no more and no fewer: half a word, several lines. */
void sends(struct session *s, const char *text);
/* As sends(), one byte at a time, each in a packet of its own. */
void sends_bytewise(struct session *s, const char *text);
/* As sends(), for bytes of which some may be NUL. */
void sends_bytes(struct session *s, const void *bytes, size_t len);


/* The client's next line is this one. */
void hears(struct session *s, const char *line);
/* The client's next line, whatever it is, cut to the capacity. Returns 0 when the client has left. */
int hears_anything(struct session *s, char *line, size_t capacity);
/* The client leaves without another word. */
void hears_goodbye(struct session *s);
/* hears() and says(). */
void answers(struct session *s, const char *command, const char *reply);
/* The client sends this byte as urgent data; hears() then skips it. */
void hears_urgently(struct session *s, unsigned char byte);
/* 220, USER anonymous, PASS anonymous@, 230. */
void lets_in(struct session *s);
/* QUIT, 221, and the client leaves. */
void says_goodbye(struct session *s);

/* Closes the connection (FIN). The script can go on with a data connection. */
void hangs_up(struct session *s);
/* Closes the connection hard (RST). */
void resets(struct session *s);
/* Says nothing more, whatever the client says, until the client leaves. */
void holds(struct session *s);
/* Waits for the next client; the connection with the last one must have ended. */
void meets_next_client(struct session *s);

/* --- the script's side: the data connection, one at a time --- */

/* Answers PASV with the address of a new listener, from which the data_... functions take the client's connection. */
void opens_passive(struct session *s);
/* Answers PASV with the address of a port at which nobody listens. */
void opens_nothing(struct session *s);
/* Answers PORT, and remembers the address; the data_... functions connect to it. */
void takes_port(struct session *s);

/* Makes the data connection now; otherwise the first data_... function does. */
void data_opens(struct session *s);
/* As data_opens(), after takes_port() and from this address. */
void data_opens_from(struct session *s, const char *host);
void data_sends(struct session *s, const char *text);
void data_sends_bytes(struct session *s, const void *bytes, size_t len);
/* Sends the first `len` bytes of the pattern; see pattern_byte(). */
void data_sends_pattern(struct session *s, size_t len);
/* Sends data until the client closes the data connection. */
void data_floods(struct session *s);
/* The client sends exactly this, and closes the data connection. */
void data_receives(struct session *s, const char *text);
void data_receives_pattern(struct session *s, size_t len);
/* The client sends some data; how much does not matter. */
void data_receives_some(struct session *s);
/* The client has closed or will close the data connection; data before that does not matter. */
void data_is_closed(struct session *s);
/* Closes the data connection (FIN). */
void data_ends(struct session *s);
/* Closes the data connection hard (RST). */
void data_resets(struct session *s);

/* --- for both sides --- */

/* The byte at an offset of data without a period that a block size divides. */
unsigned char pattern_byte(uint64_t offset);
void pause_ms(int milliseconds);

#ifdef __cplusplus
}
#endif

#endif
