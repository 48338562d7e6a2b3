#include "effect/adapter/child.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "effect/adapter/talk.h"

static GStrv command_of(const AkEffectPlace *place, const char *file) {
  g_autoptr(GStrvBuilder) words = g_strv_builder_new();
  for (char *const *word = place->product->command; *word != NULL; word++) {
    bool is_file = file != NULL && strcmp(*word, "@FILE@") == 0;
    g_autofree char *filled =
        is_file ? g_strdup(file) : ak_process_fill(place->placeholders, *word, strlen(*word), NULL);
    g_strv_builder_add(words, filled);
  }
  return g_strv_builder_end(words);
}

/* One pipe; the child's end is `child`. */
static bool make_pipe(int *own, int *child, bool to_child, GError **error) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0)
    return ak_error_set_errno(error, errno, "a pipe");
  *own = ends[to_child];
  *child = ends[!to_child];
  return ak_talk_unblock(*own) || ak_error_set_errno(error, errno, "a pipe");
}

AkChild *ak_child_start(const AkEffectPlace *place, const char *file, AkChildPipes pipes,
                        GError **error) {
  g_autoptr(AkChild) self = g_new0(AkChild, 1);
  int in = -1, out = -1;
  self->to = self->from = -1;
  bool is_piped =
      ((pipes & AK_CHILD_OUTPUT) == 0 || make_pipe(&self->from, &out, false, error)) &&
      ((pipes & AK_CHILD_INPUT) == 0 || make_pipe(&self->to, &in, true, error));
  g_auto(GStrv) argv = command_of(place, file);
  AkProcessSpec spec = {.name = place->product->id,
                        .folder = place->folder,
                        .argv = argv,
                        .in_fd = in,
                        .out_fd = out,
                        .groups = place->groups};
  self->used = place->used;
  self->process = is_piped ? ak_process_start(&spec, error) : NULL;
  if (in >= 0)
    close(in);
  if (out >= 0)
    close(out);
  return self->process != NULL ? g_steal_pointer(&self) : NULL;
}

void ak_child_free(AkChild *self) {
  if (self == NULL)
    return;
  if (self->to >= 0)
    close(self->to);
  if (self->from >= 0)
    close(self->from);
  ak_process_stop(self->process, 0, self->used);
  g_free(self);
}
