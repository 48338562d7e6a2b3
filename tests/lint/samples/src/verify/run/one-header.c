#include "firmware/unpack/tree.h"
#include "firmware/unpack/scan.h" /* wants direction */
#include "probe/tls.h" /* wants direction */
#include "verify/plan/plan.h"
#include "report/verification.h" /* wants direction */
