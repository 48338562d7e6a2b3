/* Nothing is left out: what becomes of each risk source on each element. */
#pragma once

#include "chain/model/model.h"

/* In the order in which they are looked for: the first that holds is it. */
typedef enum {
  AK_ACCOUNT_OTHER_KIND,       /* not applicable: the risk source is of another kind of element */
  AK_ACCOUNT_OTHER_FUNCTION,   /* not applicable: no rule relates the element to the function */
  AK_ACCOUNT_TREATED_VERIFIED, /* every measure holds, verified or proven, at the time */
  AK_ACCOUNT_TREATED_CLAIMED,  /* every measure is said to be implemented */
  AK_ACCOUNT_ACCEPTED,         /* somebody answers for it, until a day that has not passed */
  AK_ACCOUNT_PARTLY,           /* some measures are implemented */
  AK_ACCOUNT_PLANNED,          /* none is, some are planned */
  AK_ACCOUNT_OPEN,
  AK_ACCOUNT_STATUSES,
} AkAccountStatus;
extern const char *const ak_account_status_names[]; /* "other-kind" …; ends with NULL */

typedef struct {
  guint32 source_count, element_count; /* of the knowledge and of the chain */
  guint64 counts[AK_ACCOUNT_STATUSES];
  guint64 (*by_source)[AK_ACCOUNT_STATUSES]; /* [source_count]: of the elements of the source's kind */
  guint64 total;                             /* source_count × element_count: the sum of the counts */
  /* An element has a status for each risk source of its kind; of all others it is of another kind. */
  guint8 *statuses;                       /* AkAccountStatus, an element after the other */
  gsize *starts;                          /* [element_count]: where those of an element begin */
  guint8 *element_kinds;                  /* [element_count] */
  guint8 *source_kinds;                   /* [source_count] */
  guint32 *source_places;                 /* [source_count]: among those of its kind, by id */
  guint32 kind_sources[AK_CHAIN_ELEMENTS]; /* how many risk sources a kind has */
} AkAccount;

AkAccount *ak_account_new(const AkChainModel *model, gint64 now_utc_us);
void ak_account_free(AkAccount *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkAccount, ak_account_free)

/* A letter a status, in their order, for lists of many: "kfvcapno". */
extern const char ak_account_letters[];
/* Above so many lines the certificate is made over a line an element instead of one a risk source and element. */
#define AK_ACCOUNT_LINES_MAX G_GUINT64_CONSTANT(8000000)

AkAccountStatus ak_account_status(const AkAccount *self, guint32 source, guint32 element);
/* The list that the certificate is made over, a line at a time by risk source and then by element, each in byte order of
 * their ids: "L2_1_a_COM\tgateway\topen" (borrowed, during the call). Since no id holds a control character, that is the
 * byte order of the lines. `visit` returns false to stop. */
bool ak_account_foreach_line(const AkAccount *self, const AkChainModel *model,
                             bool (*visit)(const char *line, gsize size, gpointer data),
                             gpointer data);
/* The same for chains of millions, a line an element in byte order of their ids: "gateway\tcomponent\tnnoof…", a letter for each
 * risk source of its kind, these in byte order of their ids; those of other kinds are none of its. */
bool ak_account_foreach_element(const AkAccount *self, const AkChainModel *model,
                                bool (*visit)(const char *line, gsize size, gpointer data), gpointer data);
