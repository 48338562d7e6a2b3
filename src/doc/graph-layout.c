#include "doc/graph-layout.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "doc/dot-path.h"

#define INCH 72.0
#define TIMEOUT_MS 30000
#define ANSWER_BYTES_MAX (64 << 20)
#define POINTS_MAX 10000 /* of a line */

void ak_graph_places_free(AkGraphPlaces *self) {
  if (self == NULL)
    return;
  g_free(self->centres);
  g_clear_pointer(&self->lines, g_ptr_array_unref);
  g_free(self);
}

/* --- the question ------------------------------------------------------------------------------------------ */

static void append_length(GString *out, const char *name, double points) {
  char number[G_ASCII_DTOSTR_BUF_SIZE];
  g_string_append_printf(out, ",%s=%s", name, g_ascii_formatd(number, sizeof number, "%.4f", points / INCH));
}

static void append_rows(GString *out, const GArray *boxes, guint row_count) {
  for (guint row = 0; row < row_count; row++) {
    g_string_append_printf(out, "{rank=same;r%u[style=invis,width=0.01];\n", row);
    for (guint i = 0; i < boxes->len; i++) {
      const AkGraphBox *box = &g_array_index(boxes, AkGraphBox, i);
      if (box->row != row)
        continue;
      g_string_append_printf(out, "n%u[label=\"\"", i);
      append_length(out, "width", box->width);
      append_length(out, "height", box->height);
      g_string_append(out, "];\n");
    }
    g_string_append(out, "}\n");
  }
  for (guint row = 0; row + 1 < row_count; row++)
    g_string_append_printf(out, "r%u->r%u[style=invis];\n", row, row + 1);
}

/* Lines are drawn downwards, since dot ranks by them; whoever reads the answer turns them back. */
static bool is_upwards(const GArray *boxes, const AkGraphLine *line) {
  return g_array_index(boxes, AkGraphBox, line->from).row > g_array_index(boxes, AkGraphBox, line->to).row;
}

static char *question_of(const GArray *boxes, const GArray *lines, guint row_count) {
  GString *out = g_string_new("digraph{newrank=true;nodesep=0.2;ranksep=0.5;splines=true;"
                              "node[shape=box,fixedsize=true,label=\"\"];ratio=compress;size=\"20,14\";edge[arrowhead=none];\n");
  append_rows(out, boxes, row_count);
  for (guint i = 0; i < lines->len; i++) {
    const AkGraphLine *line = &g_array_index(lines, AkGraphLine, i);
    bool turned = is_upwards(boxes, line);
    g_string_append_printf(out, "n%u->n%u;\n", turned ? line->to : line->from,
                           turned ? line->from : line->to);
  }
  g_string_append(out, "}\n");
  return g_string_free(out, FALSE);
}

/* --- the process ------------------------------------------------------------------------------------------- */

static int memory_file(const char *text, GError **error) {
  int fd = memfd_create("akashi-graph", MFD_CLOEXEC);
  gsize size = text != NULL ? strlen(text) : 0, done = 0;
  while (fd >= 0 && done < size) {
    gssize wrote = write(fd, text + done, size - done);
    if (wrote < 0)
      break;
    done += (gsize)wrote;
  }
  if (fd >= 0 && done == size && lseek(fd, 0, SEEK_SET) == 0)
    return fd;
  ak_error_set(error, AK_ERROR_IO, "dot: %s", g_strerror(errno));
  if (fd >= 0)
    close(fd);
  return -1;
}

static bool spawn(int in, int out, pid_t *pid, GError **error) {
  char *argv[] = {(char *)AK_DOT, (char *)"-Tplain", NULL};
  char *environment[] = {(char *)"LC_ALL=C", NULL};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
  int failed = posix_spawn(pid, AK_DOT, &actions, NULL, argv, environment);
  posix_spawn_file_actions_destroy(&actions);
  return failed == 0 || ak_error_set(error, AK_ERROR_NOT_FOUND,
                                     "%s: %s; apt-get install graphviz", AK_DOT, g_strerror(failed));
}

static bool wait_for(pid_t pid, GError **error) {
  int fd = (int)syscall(SYS_pidfd_open, pid, 0), status = 0, ready = -1;
  struct pollfd watched = {.fd = fd, .events = POLLIN};
  gint64 end_us = g_get_monotonic_time() + TIMEOUT_MS * G_TIME_SPAN_MILLISECOND;
  while (fd >= 0 && ready <= 0 && g_get_monotonic_time() < end_us)
    ready = poll(&watched, 1, (int)((end_us - g_get_monotonic_time()) / 1000 + 1));
  if (ready <= 0)
    kill(pid, SIGKILL);
  if (fd >= 0)
    close(fd);
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
    ;
  if (ready <= 0)
    return ak_error_set(error, AK_ERROR_TIMEOUT, "dot: no answer within %d s", TIMEOUT_MS / 1000);
  return (WIFEXITED(status) && WEXITSTATUS(status) == 0) ||
         ak_error_set(error, AK_ERROR_INTERNAL, "dot: ended with status %d", status);
}

static char *read_answer(int fd, gsize *size, GError **error) {
  struct stat about;
  if (fstat(fd, &about) != 0 || about.st_size > ANSWER_BYTES_MAX) {
    ak_error_set(error, AK_ERROR_LIMIT, "dot: its answer is too long");
    return NULL;
  }
  *size = (gsize)about.st_size;
  g_autofree char *text = g_malloc(*size + 1);
  for (gsize done = 0; done < *size;) {
    gssize count = pread(fd, text + done, *size - done, (off_t)done);
    if (count <= 0) {
      ak_error_set(error, AK_ERROR_IO, "dot: its answer cannot be read");
      return NULL;
    }
    done += (gsize)count;
  }
  text[*size] = '\0';
  return g_steal_pointer(&text);
}

static char *ask(const char *question, gsize *size, GError **error) {
  int in = memory_file(question, error), out = in >= 0 ? memory_file(NULL, error) : -1;
  pid_t pid = -1;
  char *answer = NULL;
  if (out >= 0 && spawn(in, out, &pid, error) && wait_for(pid, error))
    answer = read_answer(out, size, error);
  if (in >= 0)
    close(in);
  if (out >= 0)
    close(out);
  return answer;
}

/* --- the answer -------------------------------------------------------------------------------------------- */

typedef struct {
  AkGraphPlaces *places;
  const GArray *lines;
  GHashTable *numbers; /* both ends of a line → its number + 1; ends are our own numbers */
  guint box_count;
} Reading;

/* The next word of a line as a number of points; false where it is none. */
static bool take_length(char **words, gsize *at, double *out) {
  const char *word = words[*at];
  char *end = NULL;
  if (word == NULL || *word == '\0')
    return false;
  *out = g_ascii_strtod(word, &end) * INCH;
  (*at)++;
  return *end == '\0' && isfinite(*out) && fabs(*out) < 1e7;
}

static bool take_count(char **words, gsize *at, guint64 most, guint64 *out) {
  const char *word = words[*at];
  if (word == NULL || !g_ascii_string_to_unsigned(word, 10, 0, most, out, NULL))
    return false;
  (*at)++;
  return true;
}

/* "n12": 12 + 1; "r3": 0, a row; else -1. */
static gint64 box_of(const Reading *self, const char *word) {
  guint64 number = 0;
  if (word == NULL || (word[0] != 'n' && word[0] != 'r') ||
      !g_ascii_string_to_unsigned(word + 1, 10, 0, G_MAXUINT32, &number, NULL))
    return -1;
  if (word[0] == 'r')
    return 0;
  return number < self->box_count ? (gint64)number + 1 : -1;
}

static bool read_graph(Reading *self, char **words) {
  double scale = 0;
  gsize at = 1;
  return take_length(words, &at, &scale) && take_length(words, &at, &self->places->width) &&
         take_length(words, &at, &self->places->height);
}

static bool read_node(Reading *self, char **words) {
  gint64 box = box_of(self, words[1]);
  AkFigurePoint centre;
  gsize at = 2;
  if (box < 0 || !take_length(words, &at, &centre.x) || !take_length(words, &at, &centre.y))
    return false;
  centre.y = self->places->height - centre.y; /* dot counts from below */
  if (box > 0)
    self->places->centres[box - 1] = centre;
  return true;
}

static gpointer key_of(guint32 from, guint32 to) {
  return GSIZE_TO_POINTER((gsize)from << 32 | to);
}

static bool read_edge(Reading *self, char **words) {
  gint64 tail = box_of(self, words[1]), head = tail >= 0 ? box_of(self, words[2]) : -1;
  guint64 count = 0;
  gsize at = 3;
  if (tail < 0 || head < 0 || !take_count(words, &at, POINTS_MAX, &count))
    return false;
  if (tail == 0 || head == 0)
    return true;
  guint number = GPOINTER_TO_UINT(
      g_hash_table_lookup(self->numbers, key_of((guint32)tail - 1, (guint32)head - 1)));
  bool turned = number == 0;
  if (turned)
    number = GPOINTER_TO_UINT(
        g_hash_table_lookup(self->numbers, key_of((guint32)head - 1, (guint32)tail - 1)));
  if (number == 0 || count < 4 || count % 3 != 1)
    return false;
  GArray *points = self->places->lines->pdata[number - 1];
  g_array_set_size(points, 0);
  for (guint64 i = 0; i < count; i++) {
    AkFigurePoint point;
    if (!take_length(words, &at, &point.x) || !take_length(words, &at, &point.y))
      return false;
    point.y = self->places->height - point.y;
    if (turned)
      g_array_prepend_val(points, point);
    else
      g_array_append_val(points, point);
  }
  return true;
}

static const struct {
  const char *word;
  bool (*read)(Reading *self, char **words);
} rows[] = {{"graph", read_graph}, {"node", read_node}, {"edge", read_edge}};

static bool read_line(Reading *self, const char *line) {
  g_auto(GStrv) words = g_strsplit(line, " ", 0);
  for (gsize i = 0; words[0] != NULL && i < G_N_ELEMENTS(rows); i++)
    if (strcmp(words[0], rows[i].word) == 0)
      return rows[i].read(self, words);
  return true; /* "stop" */
}

/* Does every box have a place, and every line its points? */
static bool is_whole(const Reading *self) {
  for (guint i = 0; i < self->box_count; i++)
    if (isnan(self->places->centres[i].x))
      return false;
  for (guint i = 0; i < self->places->lines->len; i++)
    if (((const GArray *)self->places->lines->pdata[i])->len < 4)
      return false;
  return true;
}

AkGraphPlaces *ak_graph_places_parse(const char *text, gsize size, guint box_count, const GArray *lines,
                                     GError **error) {
  g_autoptr(AkGraphPlaces) places = g_new0(AkGraphPlaces, 1);
  g_autoptr(GHashTable) numbers = g_hash_table_new(g_direct_hash, g_direct_equal);
  Reading self = {places, lines, numbers, box_count};
  places->centres = g_new0(AkFigurePoint, box_count + 1);
  places->lines = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);
  for (guint i = 0; i < box_count; i++)
    places->centres[i] = (AkFigurePoint){NAN, NAN};
  for (guint i = 0; i < lines->len; i++) {
    const AkGraphLine *line = &g_array_index(lines, AkGraphLine, i);
    g_hash_table_insert(numbers, key_of(line->from, line->to), GUINT_TO_POINTER(i + 1));
    g_ptr_array_add(places->lines, g_array_new(FALSE, FALSE, sizeof(AkFigurePoint)));
  }
  bool ok = true;
  for (const char *at = text, *end = text + size; ok && at < end;) {
    const char *next = memchr(at, '\n', (gsize)(end - at));
    g_autofree char *line = g_strndup(at, (gsize)((next != NULL ? next : end) - at));
    ok = read_line(&self, line);
    at = next != NULL ? next + 1 : end;
  }
  if (ok && is_whole(&self))
    return g_steal_pointer(&places);
  ak_error_set(error, AK_ERROR_INVALID_DATA, "dot: its answer cannot be understood");
  return NULL;
}

/* Moves everything to the left edge: dot leaves room for what holds the rows in their order. */
static void crop(AkGraphPlaces *places, const GArray *boxes) {
  double left = G_MAXDOUBLE, right = 0;
  for (guint i = 0; i < boxes->len; i++) {
    double half = g_array_index(boxes, AkGraphBox, i).width / 2;
    left = MIN(left, places->centres[i].x - half);
    right = MAX(right, places->centres[i].x + half);
  }
  for (guint i = 0; i < places->lines->len; i++) {
    const GArray *points = places->lines->pdata[i];
    for (guint p = 0; p < points->len; p++) {
      left = MIN(left, g_array_index(points, AkFigurePoint, p).x);
      right = MAX(right, g_array_index(points, AkFigurePoint, p).x);
    }
  }
  for (guint i = 0; i < boxes->len; i++)
    places->centres[i].x -= left;
  for (guint i = 0; i < places->lines->len; i++) {
    const GArray *points = places->lines->pdata[i];
    for (guint p = 0; p < points->len; p++)
      g_array_index(points, AkFigurePoint, p).x -= left;
  }
  places->width = MAX(right - left, 0);
}

AkGraphPlaces *ak_graph_layout(const GArray *boxes, const GArray *lines, guint row_count, GError **error) {
  g_autofree char *question = question_of(boxes, lines, row_count);
  gsize size = 0;
  g_autofree char *answer = ask(question, &size, error);
  AkGraphPlaces *places =
      answer != NULL ? ak_graph_places_parse(answer, size, boxes->len, lines, error) : NULL;
  if (places != NULL)
    crop(places, boxes);
  return places;
}

bool ak_doc_graph_layout_fuzz(const guint8 *data, gsize size) {
  AkGraphLine known[] = {{0, 1}, {2, 1}};
  g_autoptr(GArray) lines = g_array_new(FALSE, FALSE, sizeof(AkGraphLine));
  g_array_append_vals(lines, known, G_N_ELEMENTS(known));
  g_autoptr(AkGraphPlaces) places = ak_graph_places_parse((const char *)data, size, 3, lines, NULL);
  return places != NULL;
}
