/* Why a request is refused. Source of the document's form: RFC 9457. */
#pragma once

#include "util/json.h"
#include "util/text.h"

typedef enum {
  AK_PROBLEM_BAD_PARAMETER,  /* 400 */
  AK_PROBLEM_UNAUTHORIZED,   /* 401 */
  AK_PROBLEM_RAW_EVIDENCE,   /* 403 */
  AK_PROBLEM_NOT_FOUND,      /* 404 */
  AK_PROBLEM_METHOD,         /* 405 */
  AK_PROBLEM_NOT_ACCEPTABLE, /* 406 */
  AK_PROBLEM_NO_VERDICT,     /* 409 */
  AK_PROBLEM_TOO_LONG,       /* 414 */
  AK_PROBLEM_MISDIRECTED,    /* 421 */
  AK_PROBLEM_INTERNAL,       /* 500 */
  AK_PROBLEM_BUSY,           /* 503 */
} AkApiProblem;
#define AK_PROBLEM_COUNT (AK_PROBLEM_BUSY + 1)

#define AK_PROBLEM_BIT(problem) (1u << (problem))
/* What any operation may answer. */
#define AK_PROBLEMS_OF_ALL                                                                         \
  (AK_PROBLEM_BIT(AK_PROBLEM_BAD_PARAMETER) | AK_PROBLEM_BIT(AK_PROBLEM_UNAUTHORIZED) |            \
   AK_PROBLEM_BIT(AK_PROBLEM_METHOD) | AK_PROBLEM_BIT(AK_PROBLEM_NOT_ACCEPTABLE) |                 \
   AK_PROBLEM_BIT(AK_PROBLEM_TOO_LONG) | AK_PROBLEM_BIT(AK_PROBLEM_MISDIRECTED) |                  \
   AK_PROBLEM_BIT(AK_PROBLEM_INTERNAL))

#define AK_PROBLEM_MEDIA_TYPE "application/problem+json"

guint ak_problem_status(AkApiProblem problem);
const char *ak_problem_slug(AkApiProblem problem); /* "not-found": the end of its type */

/* {"type", "title", "status", "detail", "remedy"} and, where it is not NULL, "parameter"; the
 * caller's. */
json_t *ak_problem_json(AkApiProblem problem, AkLang lang, const char *detail, const char *parameter);
