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
/* One line of the list that the certificate is made over: "L2_1_a_COM\tgateway\topen". Caller
 * frees. */
char *ak_account_line(const AkAccount *self, const AkChainModel *model, guint32 source,
                      guint32 element);
/* All lines, sorted by byte order; GPtrArray of char, the caller's. */
GPtrArray *ak_account_lines(const AkAccount *self, const AkChainModel *model);
