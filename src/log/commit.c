#include "log/commit.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

typedef struct {
  gint is_done;       /* waited for without a mutex, so that waking many is cheap */
  gint may_lead;      /* the first member alone waits for it */
  gint references;    /* one a member */
  GByteArray *frames;
  GArray *starts;     /* of guint32: where each frame begins in `frames` */
  guint generation;   /* for which the frames were made */
  guint64 first;      /* index of the first frame, once done */
  bool is_stale;      /* none was appended, as the file is of another generation */
  GError *error;      /* why none was appended */
} Group;

struct _AkCommit {
  AkJournal *journal; /* borrowed */
  GMutex mutex;
  GCond has_room;
  Group *open;        /* takes members; NULL if there is none */
  bool is_led;        /* a thread leads the open group, or will open the next */
  guint64 syncs;
};

AkCommit *ak_commit_new(AkJournal *journal) {
  AkCommit *self = g_new0(AkCommit, 1);
  self->journal = journal;
  g_mutex_init(&self->mutex);
  g_cond_init(&self->has_room);
  return self;
}

void ak_commit_free(AkCommit *self) {
  if (self == NULL)
    return;
  g_mutex_clear(&self->mutex);
  g_cond_clear(&self->has_room);
  g_free(self);
}

static Group *group_new(guint generation) {
  Group *group = g_new0(Group, 1);
  group->generation = generation;
  group->frames = g_byte_array_new();
  group->starts = g_array_new(FALSE, FALSE, sizeof(guint32));
  return group;
}

static void group_unref(Group *group) {
  if (!g_atomic_int_dec_and_test(&group->references))
    return;
  g_byte_array_unref(group->frames);
  g_array_unref(group->starts);
  g_clear_error(&group->error);
  g_free(group);
}

static void wait_for(gint *word) {
  while (g_atomic_int_get(word) == 0)
    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
}

static void set_and_wake(gint *word) {
  g_atomic_int_set(word, 1);
  syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, G_MAXINT, NULL, NULL, 0);
}

static void write_group(AkCommit *self, Group *group) {
  if (!ak_journal_lock(self->journal, &group->error))
    return;
  bool ok = ak_journal_refresh(self->journal, &group->error);
  group->is_stale = ok && ak_journal_generation(self->journal) != group->generation;
  if (ok && !group->is_stale)
    ak_journal_append(self->journal, group->frames, (const guint32 *)group->starts->data,
                      group->starts->len, &group->first, &group->error);
  ak_journal_unlock(self->journal);
}

/* Closes the open group, commits it, and hands the lead to the next. */
static void lead(AkCommit *self) {
  g_mutex_lock(&self->mutex);
  Group *group = self->open;
  self->open = NULL;
  g_cond_broadcast(&self->has_room);
  g_mutex_unlock(&self->mutex);

  write_group(self, group);

  g_mutex_lock(&self->mutex);
  self->syncs++;
  Group *next = self->open;
  self->is_led = next != NULL;
  if (next != NULL) /* first, so that the disk is busy again while the members wake */
    set_and_wake(&next->may_lead);
  g_mutex_unlock(&self->mutex);
  set_and_wake(&group->is_done);
}

static bool can_take(const Group *group, const GByteArray *frame, guint generation) {
  return group->generation == generation &&
         group->frames->len + frame->len <= AK_JOURNAL_MAX_GROUP;
}

/* Adds a frame to the open group and returns it with a reference; `slot` gets its place. */
static Group *join(AkCommit *self, const GByteArray *frame, guint generation, guint *slot) {
  g_mutex_lock(&self->mutex);
  while (self->open != NULL && !can_take(self->open, frame, generation))
    g_cond_wait(&self->has_room, &self->mutex);
  if (self->open == NULL)
    self->open = group_new(generation);
  Group *group = self->open;
  const guint32 start = group->frames->len;
  *slot = group->starts->len;
  g_array_append_val(group->starts, start);
  g_byte_array_append(group->frames, frame->data, frame->len);
  group->references++;
  if (*slot == 0 && !self->is_led) {
    self->is_led = true;
    group->may_lead = 1;
  }
  g_mutex_unlock(&self->mutex);
  return group;
}

AkCommitStatus ak_commit_append(AkCommit *self, const GByteArray *frame, guint generation,
                                guint64 *index, GError **error) {
  guint slot = 0;
  Group *group = join(self, frame, generation, &slot);
  if (slot == 0) {
    wait_for(&group->may_lead);
    lead(self);
  } else {
    wait_for(&group->is_done);
  }
  AkCommitStatus status = AK_COMMIT_OK;
  if (group->error != NULL)
    status = AK_COMMIT_FAILED;
  else if (group->is_stale)
    status = AK_COMMIT_AGAIN;
  else
    *index = group->first + slot;
  if (group->error != NULL && error != NULL)
    *error = g_error_copy(group->error);
  group_unref(group);
  return status;
}

guint64 ak_commit_syncs(AkCommit *self) {
  g_mutex_lock(&self->mutex);
  guint64 syncs = self->syncs;
  g_mutex_unlock(&self->mutex);
  return syncs;
}
