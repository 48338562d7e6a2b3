/* The library's way to the text (libfyaml 0.7). It keeps it from reading far ahead: where a bracket
 * could begin a member's name it reads on to the end of the line or of the bracket, and takes up to
 * 400 bytes a mark for it. And it keeps it from reading what it freed: where its buffer has to grow
 * just when the text ends, it goes on with the old one. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include <glib.h>

typedef struct {
  const char *data;
  gsize size, at;
  gsize text_most; /* bytes that one text may take */
  gsize ahead;     /* bytes since the last event, whose reader sets both to 0 */
  guint weight;    /* of the marks in them */
  bool is_over;    /* the text was longer than what the library got */
  guint lead;      /* blank lines that the library got before the text, which it counts */
  guint lead_left; /* of them, those that it has not got yet */
  gsize lead_at;   /* bytes of the text before them: a byte order mark's */
  gsize room;      /* of the library's buffer that the last call left free */
} AkYamlFeed;

/* `data` must outlive it. */
void ak_yaml_feed_begin(AkYamlFeed *self, const char *data, gsize size, gsize text_most);

/* For fy_parser_set_input_callback; `self`: an AkYamlFeed. */
ssize_t ak_yaml_feed(void *self, void *buffer, size_t size);
