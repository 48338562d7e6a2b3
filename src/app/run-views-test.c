/* Runs that are kept: the same as long as their records are, and not for ever. */
#include "app/run-views.h"

#include "app/test-records.h"
#include "app/workspace.h"
#include "log/test-folder.h"

#define SECOND G_GINT64_CONSTANT(1000000)

typedef struct {
  char *top;
  AkWorkspace *workspace;
} World;

static void set_up(World *self, gconstpointer data) {
  g_autoptr(GError) error = NULL;
  g_unsetenv(AK_STORE_VARIABLE);
  self->top = g_dir_make_tmp("akashi-views-XXXXXX", NULL);
  self->workspace = ak_workspace_open(self->top, &error);
  g_assert_no_error(error);
}

static void tear_down(World *self, gconstpointer data) {
  ak_workspace_free(self->workspace);
  test_folder_remove_tree(self->top);
  g_free(self->top);
}

static AkRunView *read_run(World *self, const char *run_id) {
  g_autoptr(GError) error = NULL;
  AkRunView *view = ak_workspace_read_run(self->workspace, run_id, &error);
  g_assert_no_error(error);
  return view;
}

/* Readers share one, those that may change it get one of their own. */
static void test_shared(World *self, gconstpointer data) {
  g_autoptr(GError) error = NULL;
  test_whole_run(ak_workspace_log(self->workspace), "r1", 3); /* 8 records */
  test_whole_run(ak_workspace_log(self->workspace), "r2", 3);
  g_autoptr(AkRunView) first = read_run(self, "r1"), other = read_run(self, "r2"), again = read_run(self, "r1");
  g_autoptr(AkRunView) own = ak_workspace_run(self->workspace, "r1", &error);
  g_assert_no_error(error);
  g_assert_true(first == again);
  g_assert_true(first != other);
  g_assert_true(first != own);
  g_assert_cmpstr(other->state->run_id, ==, "r2");
  g_assert_cmpuint(own->records->len, ==, 8);
}

/* A record more, and it is folded anew; who has the older one keeps it as it was. */
static void test_grown(World *self, gconstpointer data) {
  test_whole_run(ak_workspace_log(self->workspace), "r1", 3);
  g_autoptr(AkRunView) before = read_run(self, "r1");
  test_start(ak_workspace_log(self->workspace), "r1", "probe.tls/again/1", 1);
  g_autoptr(AkRunView) after = read_run(self, "r1"), again = read_run(self, "r1");
  g_assert_cmpuint(before->records->len, ==, 8);
  g_assert_cmpuint(after->records->len, ==, 9);
  g_assert_true(after == again);
}

static void test_unknown(World *self, gconstpointer data) {
  g_autoptr(GError) error = NULL;
  test_whole_run(ak_workspace_log(self->workspace), "r1", 3);
  g_assert_null(ak_workspace_read_run(self->workspace, "nobody", &error));
  g_assert_error(error, AK_ERROR, AK_ERROR_NOT_FOUND);
}

/* --- how long ---------------------------------------------------------------------------------------- */

/* A view as if of `count` records from `first` on, its row and its span. */
typedef struct {
  AkRunView *view;
  AkRunRow row;
  AkSpanRow span;
  GPtrArray *spans;
} Made;

static void make(World *self, Made *made, const char *run_id, guint64 first, guint count) {
  test_whole_run(ak_workspace_log(self->workspace), run_id, 3);
  g_autoptr(GError) error = NULL;
  made->view = ak_workspace_run(self->workspace, run_id, &error);
  g_assert_no_error(error);
  g_array_set_size(made->view->records, 0);
  for (guint64 i = 0; i < count; i++) {
    guint64 index = first + i;
    g_array_append_val(made->view->records, index);
  }
  made->row = (AkRunRow){.run_id = made->view->state->run_id, .record_count = count};
  made->span = (AkSpanRow){.first_index = (gint64)first, .last_index = (gint64)(first + count - 1)};
  made->spans = g_ptr_array_new();
  g_ptr_array_add(made->spans, &made->span);
}

static void made_clear(Made *self) {
  ak_run_view_free(self->view);
  g_ptr_array_unref(self->spans);
}

static bool is_kept(AkRunViews *views, const Made *made, gint64 now_us) {
  g_autoptr(AkRunView) found = ak_run_views_find(views, &made->row, made->spans, now_us);
  g_assert_true(found == NULL || found == made->view);
  return found != NULL;
}

static void test_idle(World *self, gconstpointer data) {
  AkRunViews *views = ak_run_views_new();
  Made made;
  make(self, &made, "r1", 0, 8);
  ak_run_views_keep(views, made.view, 0);
  g_assert_true(is_kept(views, &made, 50 * SECOND));
  g_assert_true(is_kept(views, &made, 110 * SECOND)); /* 60 s after it was asked for */
  g_assert_false(is_kept(views, &made, 110 * SECOND + AK_RUN_VIEWS_IDLE_US + 1));
  g_assert_false(is_kept(views, &made, 110 * SECOND)); /* it is gone */
  ak_run_views_free(views);
  made_clear(&made);
}

/* Other counts or another last record are another run's, or a later one's. */
static void test_other_records(World *self, gconstpointer data) {
  AkRunViews *views = ak_run_views_new();
  Made made;
  make(self, &made, "r1", 10, 8);
  for (guint change = 0; change < 3; change++) {
    ak_run_views_keep(views, made.view, 0);
    g_assert_true(is_kept(views, &made, 1));
    Made changed = made;
    AkSpanRow span = made.span;
    changed.spans = g_ptr_array_new();
    changed.row.record_count += change == 0 ? 1 : 0;
    span.last_index += change == 1 ? 1 : 0;
    if (change < 2)
      g_ptr_array_add(changed.spans, &span);
    g_assert_false(is_kept(views, &changed, 1));
    g_assert_false(is_kept(views, &made, 1)); /* what does not fit is let go */
    g_ptr_array_unref(changed.spans);
  }
  ak_run_views_free(views);
  made_clear(&made);
}

static void test_room(World *self, gconstpointer data) {
  AkRunViews *views = ak_run_views_new();
  Made small, half, large, too_large;
  make(self, &small, "small", 0, 8);
  make(self, &half, "half", 8, AK_RUN_VIEWS_RECORDS / 2);
  make(self, &large, "large", 8, AK_RUN_VIEWS_RECORDS / 2);
  make(self, &too_large, "too-large", 8, AK_RUN_VIEWS_RECORDS + 1);
  ak_run_views_keep(views, half.view, 1);
  ak_run_views_keep(views, small.view, 2);
  ak_run_views_keep(views, half.view, 3); /* in its own place */
  g_assert_true(is_kept(views, &small, 4) && is_kept(views, &half, 5));
  ak_run_views_keep(views, large.view, 6); /* takes the place of the one that was asked for longest ago */
  g_assert_false(is_kept(views, &small, 7));
  g_assert_true(is_kept(views, &half, 8) && is_kept(views, &large, 9));
  ak_run_views_keep(views, too_large.view, 10);
  g_assert_false(is_kept(views, &too_large, 11));
  g_assert_true(is_kept(views, &half, 12) && is_kept(views, &large, 13));
  ak_run_views_free(views);
  Made *all[] = {&small, &half, &large, &too_large};
  for (gsize i = 0; i < G_N_ELEMENTS(all); i++)
    made_clear(all[i]);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add("/run-views/shared", World, NULL, set_up, test_shared, tear_down);
  g_test_add("/run-views/grown", World, NULL, set_up, test_grown, tear_down);
  g_test_add("/run-views/unknown", World, NULL, set_up, test_unknown, tear_down);
  g_test_add("/run-views/idle", World, NULL, set_up, test_idle, tear_down);
  g_test_add("/run-views/other-records", World, NULL, set_up, test_other_records, tear_down);
  g_test_add("/run-views/room", World, NULL, set_up, test_room, tear_down);
  return g_test_run();
}
