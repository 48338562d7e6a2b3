/* The folder in which a range's products run, and what a killed one leaves: folders and processes.
 *
 * A range's folder is locked (flock) as long as the range lives; the file "groups" in it names the process
 * groups that were started, a line each: number of the group and when its first process began, in the
 * system's ticks. A folder whose lock can be had belongs to a range that is dead. */
#pragma once

#include "util/error.h"

/* Appends a line about a process group that was just started. `path` may be NULL: nothing is noted. */
void ak_left_note(const char *path, gint group);

/* A folder of one's own, empty, that others may pass through (0711), in the folder for temporary files;
 * first ends and removes what dead ranges of the same user left there. */
typedef struct _AkRangeFolder AkRangeFolder;
AkRangeFolder *ak_range_folder_new(GError **error);
const char *ak_range_folder_path(const AkRangeFolder *self);
const char *ak_range_folder_groups(const AkRangeFolder *self); /* for ak_left_note */
/* Removes it with all that is in it. */
void ak_range_folder_free(AkRangeFolder *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkRangeFolder, ak_range_folder_free)

/* Of the folders "akashi-range-*" of this user in `parent` those that nobody holds: their processes are
 * killed, then they are removed. A process is one of theirs if it stands in a group that is noted, and
 * either that group's first process is the noted one, or it works in the folder: numbers of processes are
 * given out again. Returns how many folders went. */
guint ak_left_clean(const char *parent);
