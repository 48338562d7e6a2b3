/* How far a command is, on standard error: a bar on a terminal, a line each tenth otherwise. */
#pragma once

#include "util/error.h"

typedef struct {
  const char *label; /* borrowed */
  bool terminal;
  gint64 drawn_us;
  guint tenths; /* shown so far */
  bool drawn;   /* a bar stands on the line */
} AkProgress;

AkProgress ak_progress_begin(const char *label);
void ak_progress_show(AkProgress *self, guint64 done, guint64 total);
/* Clears the bar. */
void ak_progress_end(AkProgress *self);
