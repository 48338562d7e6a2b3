/* A scanner that listens and takes files over its connection, as ClamAV's clamd does.
 * Source: clamd(8), COMMANDS: "zINSTREAM", then chunks of <length, 32 bits, network order><data>,
 * ended by a length of 0; the answer ends with NUL: "stream: OK", "stream: NAME FOUND", "… ERROR".
 */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "effect/adapter/file-turn.h"
#include "effect/adapter/kit.h"
#include "effect/adapter/talk.h"

#define COMMAND "zINSTREAM" /* with the NUL behind it */
#define CHUNK_BYTES 65536

static gpointer clamd_open(const AkEffectPlace *place, GError **error) {
  return (gpointer)place;
}

static void clamd_close(gpointer self) {}

static GByteArray *stream_of(const AkEffectCase *one) {
  gsize size = 0;
  const guint8 *bytes = ak_effect_case_data(one, &size);
  GByteArray *stream = g_byte_array_new();
  g_byte_array_append(stream, (const guint8 *)COMMAND, sizeof COMMAND);
  for (gsize at = 0; at <= size; at += CHUNK_BYTES) {
    guint32 length = (guint32)MIN((gsize)CHUNK_BYTES, size - at);
    const guint8 head[] = {length >> 24, length >> 16 & 0xff, length >> 8 & 0xff, length & 0xff};
    if (length == 0)
      break;
    g_byte_array_append(stream, head, sizeof head);
    g_byte_array_append(stream, bytes + at, length);
  }
  g_byte_array_append(stream, (const guint8 *)"\0\0\0\0", 4);
  return stream;
}

static bool has_end(const GByteArray *came, gpointer data) {
  return came->len > 0 && memchr(came->data, '\0', came->len) != NULL;
}

/* Connected, not blocking; -1: nobody is there. */
static int connect_to(const AkEffectPlace *place) {
  struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(place->port)};
  struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(place->port)};
  bool is_v4 = inet_pton(AF_INET, place->address, &v4.sin_addr) == 1;
  bool is_v6 = !is_v4 && inet_pton(AF_INET6, place->address, &v6.sin6_addr) == 1;
  int fd = is_v4 || is_v6 ? socket(is_v4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0) : -1;
  int failed = is_v4 ? connect(fd, (const struct sockaddr *)&v4, sizeof v4)
                     : connect(fd, (const struct sockaddr *)&v6, sizeof v6);
  if (fd >= 0 && failed == 0 && ak_talk_unblock(fd))
    return fd;
  if (fd >= 0)
    close(fd);
  return -1;
}

static AkEffectEnd end_of(const AkEffectPlace *place, AkTalkEnd end) {
  bool is_dead = ak_kit_has_died(place);
  if (end == AK_TALK_TIME)
    return is_dead ? AK_EFFECT_END_DIED : AK_EFFECT_END_HUNG;
  if (end == AK_TALK_LONG)
    return AK_EFFECT_END_BROKEN;
  return is_dead ? AK_EFFECT_END_DIED : AK_EFFECT_END_CLOSED;
}

static bool give_file(gpointer data, AkEffectTurn *turn, GByteArray *answer, GError **error) {
  const AkEffectPlace *place = data;
  int fd = connect_to(place);
  if (fd < 0) {
    /* one that has died never came to this file: it is given again */
    if (!ak_kit_has_died(place))
      turn->end = place->process != NULL ? AK_EFFECT_END_CLOSED : AK_EFFECT_END_DIED;
    return true;
  }
  g_autoptr(GByteArray) stream = stream_of(turn->one);
  AkTalk talk = {.to = fd,
                 .from = fd,
                 .bytes = stream->data,
                 .size = stream->len,
                 .until_ns = ak_kit_now_ns() + (gint64)place->limits->case_ms * 1000000,
                 .max_bytes = place->limits->answer_bytes,
                 .enough = has_end};
  AkTalkEnd end = ak_talk(&talk, answer);
  AkEffectEnd good = AK_EFFECT_END_ANSWERED;
  if (end == AK_TALK_TIME) {
    talk.until_ns += (gint64)place->limits->late_ms * 1000000;
    good = AK_EFFECT_END_LATE;
    end = ak_talk(&talk, answer);
  }
  turn->end = end == AK_TALK_DONE ? good : end_of(place, end);
  close(fd);
  return true;
}

static bool clamd_give(gpointer self, AkEffectBatch *batch, guint from, GError **error) {
  return ak_file_turns_give(self, batch, from, give_file, self, error);
}

static AkEffectFact found(const char *answer, gsize size) {
  gsize length = strnlen(answer, size);
  if (length == 10 && memcmp(answer, "stream: OK", 10) == 0)
    return AK_EFFECT_NO;
  bool is_found = length > 14 && memcmp(answer, "stream: ", 8) == 0 &&
                  memcmp(answer + length - 6, " FOUND", 6) == 0;
  return is_found ? AK_EFFECT_YES : AK_EFFECT_UNKNOWN;
}

static void clamd_judge(AkEffectBatch *batch, const AkRangeReading *reading,
                        const AkRangeLimits *limits) {
  ak_file_turns_judge(batch, found);
}

extern const AkEffectAdapter ak_adapter_clamd_adapter;
const AkEffectAdapter ak_adapter_clamd_adapter = {
    .id = "clamd",
    .kind = AK_EFFECT_FILE,
    .help_en = "a scanner of files that listens and takes them as ClamAV's clamd does (INSTREAM)",
    .help_ja = "ClamAVのclamdと同じ方法(INSTREAM)でファイルを受け取る常駐スキャナー",
    .open = clamd_open,
    .close = clamd_close,
    .give = clamd_give,
    .judge = clamd_judge,
};
