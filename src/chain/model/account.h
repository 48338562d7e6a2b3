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
  guint8 *statuses;                    /* [element × source_count + source]: AkAccountStatus */
  guint64 counts[AK_ACCOUNT_STATUSES];
  guint64 total; /* source_count × element_count: the sum of the counts */
} AkAccount;

AkAccount *ak_account_new(const AkChainModel *model, gint64 now_utc_us);
void ak_account_free(AkAccount *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkAccount, ak_account_free)

AkAccountStatus ak_account_status(const AkAccount *self, guint32 source, guint32 element);
/* The list that the certificate is made over, a line at a time by risk source and then by element, each in byte order of
 * their ids: "L2_1_a_COM\tgateway\topen" (borrowed, during the call). Since no id holds a control character, that is the
 * byte order of the lines. `visit` returns false to stop. */
bool ak_account_foreach_line(const AkAccount *self, const AkChainModel *model,
                             bool (*visit)(const char *line, gsize size, gpointer data),
                             gpointer data);
