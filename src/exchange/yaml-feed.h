/* The library's way to the text, which keeps it from reading far ahead: where a bracket could begin a member's name it
 * reads on to the end of the line or of the bracket, and takes up to 400 bytes a mark for it (libfyaml 0.7). */
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
} AkYamlFeed;

/* For fy_parser_set_input_callback; `self`: an AkYamlFeed. */
ssize_t ak_yaml_feed(void *self, void *buffer, size_t size);
