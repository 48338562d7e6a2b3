#include "cli/progress.h"

#include <stdio.h>
#include <unistd.h>

#define REDRAW_US 100000
#define WIDTH 24

AkProgress ak_progress_begin(const char *label) {
  return (AkProgress){.label = label, .terminal = isatty(STDERR_FILENO) != 0};
}

static void draw_bar(AkProgress *self, guint64 done, guint64 total) {
  static const char filled[] = "########################", empty[] = "........................";
  gint64 now = g_get_monotonic_time();
  int full = (int)(done * WIDTH / total);
  if (now - self->drawn_us < REDRAW_US)
    return;
  self->drawn_us = now;
  self->drawn = true;
  fprintf(stderr, "\r\033[K%s [%.*s%.*s] %d%%", self->label, full, filled, WIDTH - full, empty,
          (int)(done * 100 / total));
}

void ak_progress_show(AkProgress *self, guint64 done, guint64 total) {
  if (total == 0 || done > total)
    return;
  if (self->terminal) {
    draw_bar(self, done, total);
  } else if (done * 10 / total > self->tenths) {
    self->tenths = (guint)(done * 10 / total);
    fprintf(stderr, "%s %u%%\n", self->label, self->tenths * 10);
  }
  fflush(stderr);
}

void ak_progress_end(AkProgress *self) {
  if (self->drawn)
    fputs("\r\033[K", stderr);
  fflush(stderr);
}
