#include "firmware/tree.h"
#include "firmware/unpack.h" /* wants direction */
#include "probe/tls.h" /* wants direction */
#include "verify/plan/plan.h"
#include "report/verification.h" /* wants direction */
