#include "net/net.h"
#include "net/sweep.h" /* wants direction */
#include "verify/run/job.h" /* wants direction */
