/* Measured on Linux 6.18: a device on loopback, or in a namespace of its own reached over its loopback,
 * answers each datagram to a closed port with ICMP at once and without a limit (65,535 of 65,535). Over
 * a link the kernel answers six at once and then one a second (net.ipv4.icmp_ratelimit, icmp(7)). */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <unistd.h>

#include "net/opener.h"
#include "net/udp.h"

#define DEFAULT_TIMEOUT_MS 1000
#define MAX_IN_FLIGHT 512     /* what the queue of errors holds with room to spare (rmem_default) */
#define MIN_TIMEOUT_US 100000 /* of a try that is not the last one */
#define MIN_GAP_US 1000       /* between datagrams, once the device holds answers back … */
#define MAX_GAP_US 1050000    /* … up to a little above one a second */
#define MANY_MISSED 8         /* in a row: more than single silent services */
#define SUSPECT_GAP_US 64000
#define CALM_ANSWERS 64       /* in a row at the first try: a little faster again */
#define DATA_EVERY 16         /* datagrams between looks at data */
#define PROGRESS_US 100000
#define PAUSE_US 5000         /* when the machine itself is out of memory */
#define MAX_PAUSES 2000
#define WAIT_MS 100

typedef struct {
  guint32 index;
  gint64 deadline_us;
} Flight;

/* Datagrams on their way, in the order in which they were sent. */
typedef struct {
  Flight flights[MAX_IN_FLIGHT];
  guint head, waiting;
} Ring;

typedef struct {
  const AkAllowAddress *target;
  AkBucket *bucket;
  const AkSweep *sweep;
  AkPortState *states;
  bool (*progress)(guint64 done, guint64 total, gpointer data);
  gpointer data;
  guint tries;
  gint64 timeout_us;
  int fd;
  guint16 own_port;   /* asked at the end, by another socket; 0: none of the target's */
  guint32 count;
  guint32 *order;     /* indexes of ports */
  guint32 next;       /* in order */
  guint8 *asked;      /* datagrams sent to the port of an index, at the pace `paces` … */
  guint8 *paces;      /* … */
  guint8 *ever;       /* … and at all, up to 255 */
  guint8 pace;        /* how often it was slowed down: tries at a faster pace say nothing of a silent port */
  guint64 sent, most; /* datagrams; never more than ak_net_sweep_packets says */
  guint8 *decided;    /* flags */
  GQueue again;       /* GUINT_TO_POINTER(index): asked before those of `order` */
  Ring earlier, last; /* of the last try of a port, which is waited for longest, and of those before */
  gint64 *sent_us;    /* when the port of an index was asked first */
  gint64 smooth_us, varies_us; /* the time of answers and how it varies (RFC 6298, 2); 0: none came yet */
  guint32 done;
  gint64 gap_us, next_us, slowed_us; /* when the next may be sent; when it was last slowed down */
  guint calm, pauses;
  guint missed;      /* datagrams in a row that nothing answered */
  bool refuses;      /* the device has said of some port that it is closed */
  bool is_filtered;  /* it stays silent at the slowest pace too: that is no lack of pace */
  gint64 until_us, shown_us;
  bool cancelled;
} Sweep;

static void decide(Sweep *self, guint32 index, AkPortState state) {
  if (state == AK_PORT_OPEN || !self->decided[index])
    self->states[index] = state; /* a late answer is still one */
  if (!self->decided[index])
    self->done++;
  self->decided[index] = 1;
}

/* --- pace ---------------------------------------------------------------------------------------- */

/* An answer that came only to a second datagram: the first one's was held back or lost. Once in the time of
 * an answer, because all that were on their way then say the same. Measured over a link to another namespace:
 * without this, 100 closed ports are 8 closed and 92 unknown after three tries. */
static void slow_down(Sweep *self, gint64 floor_us) {
  gint64 now_us = g_get_monotonic_time();
  self->calm = 0;
  if (now_us - self->slowed_us < self->timeout_us)
    return;
  self->slowed_us = now_us;
  if (self->gap_us == MAX_GAP_US || self->pace == G_MAXUINT8)
    return;
  self->gap_us = CLAMP(self->gap_us * 2, floor_us, MAX_GAP_US);
  self->missed = 0;
  self->pace++;
}

/* A device that refuses ports and then falls silent may have used up what it answers in a second. If it is
 * silent at the slowest pace as well, a filter stands before those ports, and nothing is gained by waiting. */
static void note_silence(Sweep *self) {
  if (!self->refuses || self->is_filtered || ++self->missed < MANY_MISSED)
    return;
  if (self->gap_us < MAX_GAP_US) {
    slow_down(self, SUSPECT_GAP_US);
    return;
  }
  self->is_filtered = true;
  self->gap_us = 0;
}

/* Of answers to first tries alone: of others it is not known to which try they came (RFC 6298, 3). */
static void measure(Sweep *self, gint64 took_us) {
  if (self->smooth_us == 0) {
    self->smooth_us = MAX(took_us, 1);
    self->varies_us = took_us / 2;
  } else {
    self->varies_us += (ABS(self->smooth_us - took_us) - self->varies_us) / 4;
    self->smooth_us = MAX(self->smooth_us + (took_us - self->smooth_us) / 8, 1);
  }
}

/* How long to wait before the port is asked again. A service may think longer than the kernel that refuses: the
 * last try has the whole time. */
static gint64 timeout_us_of(const Sweep *self, guint try) {
  gint64 adapted_us = self->smooth_us + 4 * self->varies_us;
  return try >= self->tries || self->smooth_us == 0
             ? self->timeout_us
             : CLAMP(adapted_us, MIN(MIN_TIMEOUT_US, self->timeout_us), self->timeout_us);
}

static void note_answer(Sweep *self, guint32 index) {
  self->missed = 0;
  if (self->ever[index] == 1)
    measure(self, g_get_monotonic_time() - self->sent_us[index]);
  if (self->ever[index] > 1) {
    slow_down(self, 2 * MIN_GAP_US);
  } else if (++self->calm >= CALM_ANSWERS) {
    self->calm = 0;
    self->gap_us -= self->gap_us / 8;
    if (self->gap_us < MIN_GAP_US)
      self->gap_us = 0;
  }
}

/* --- what comes in ----------------------------------------------------------------------------------- */

static void take_event(Sweep *self, AkUdpEvent event, guint16 port) {
  if (port < self->sweep->first_port || port > self->sweep->last_port || port == self->own_port)
    return;
  guint32 index = (guint32)(port - self->sweep->first_port);
  if (event == AK_UDP_UNREACHABLE)
    return; /* says nothing of the port: it is asked again */
  if (!self->decided[index])
    note_answer(self, index);
  self->refuses = self->refuses || event == AK_UDP_REFUSED;
  decide(self, index, event == AK_UDP_DATA ? AK_PORT_OPEN : AK_PORT_CLOSED);
}

static void take_errors(Sweep *self) {
  guint16 port = 0;
  AkUdpEvent event;
  while ((event = ak_udp_next_error(self->fd, self->target, &port)) != AK_UDP_NOTHING)
    take_event(self, event, port);
}

static void take_everything(Sweep *self) {
  guint8 room[64]; /* that something came is enough */
  guint16 port = 0;
  gsize size = 0;
  AkUdpEvent event;
  while ((event = ak_udp_next(self->fd, self->target, &port, room, sizeof room, &size)) !=
         AK_UDP_NOTHING)
    take_event(self, event, port);
}

static void expire_ring(Sweep *self, Ring *ring, gint64 now_us) {
  for (; ring->waiting > 0; ring->waiting--, ring->head = (ring->head + 1) % MAX_IN_FLIGHT) {
    const Flight *oldest = &ring->flights[ring->head];
    if (self->decided[oldest->index])
      continue;
    if (oldest->deadline_us > now_us)
      return;
    note_silence(self);
    if (self->asked[oldest->index] < self->tries || self->paces[oldest->index] != self->pace)
      g_queue_push_tail(&self->again, GUINT_TO_POINTER(oldest->index));
    else
      decide(self, oldest->index, AK_PORT_UNKNOWN);
  }
}

static void expire(Sweep *self, gint64 now_us) {
  expire_ring(self, &self->earlier, now_us);
  expire_ring(self, &self->last, now_us);
}

/* When the next datagram on its way is given up; G_MAXINT64: none is. */
static gint64 next_deadline_us(const Sweep *self) {
  gint64 first = G_MAXINT64;
  const Ring *const rings[] = {&self->earlier, &self->last};
  for (gsize i = 0; i < G_N_ELEMENTS(rings); i++)
    if (rings[i]->waiting > 0)
      first = MIN(first, rings[i]->flights[rings[i]->head].deadline_us);
  return first;
}

static void look(Sweep *self, gint64 wait_us) {
  struct pollfd waiting = {.fd = self->fd, .events = POLLIN};
  int wait_ms = wait_us > 0 ? (int)MIN((wait_us + 999) / 1000, WAIT_MS) : 0;
  if (wait_ms > 0)
    poll(&waiting, 1, wait_ms);
  take_everything(self);
  expire(self, g_get_monotonic_time());
}

/* --- what goes out ------------------------------------------------------------------------------------ */

static bool goes_on(Sweep *self) {
  gint64 now_us = g_get_monotonic_time();
  if (self->sent >= self->most || (self->until_us != 0 && now_us >= self->until_us))
    return false;
  if (!self->cancelled && now_us - self->shown_us >= PROGRESS_US) {
    self->shown_us = now_us;
    self->cancelled =
        self->progress != NULL && !self->progress(self->done, self->count, self->data);
  }
  return !self->cancelled;
}

static gint64 wait_us_of(Sweep *self) {
  gint64 now_us = g_get_monotonic_time();
  if (self->earlier.waiting + self->last.waiting >= MAX_IN_FLIGHT)
    return MAX(next_deadline_us(self) - now_us, 1000);
  if (self->next_us > now_us)
    return self->next_us - now_us;
  return ak_bucket_take(self->bucket, 1, now_us);
}

static bool wait_for_turn(Sweep *self) {
  gint64 wait_us;
  while (goes_on(self) && (wait_us = wait_us_of(self)) > 0)
    look(self, wait_us);
  return goes_on(self);
}

static bool pause_for_own_lack(Sweep *self, int failure, GError **error) {
  if (++self->pauses > MAX_PAUSES)
    return ak_error_set_errno(error, failure, "UDP sweep: nothing can be sent");
  look(self, PAUSE_US);
  return true;
}

static const void *payload_of(const Sweep *self, guint16 port, guint turn, gsize *size) {
  const AkOpener *opener = ak_opener_for_port(AK_TRANSPORT_UDP, port, turn, self->sweep->credentials);
  *size = 0;
  return opener != NULL ? g_bytes_get_data(opener->bytes, size) : NULL;
}

static void note_sent(Sweep *self, guint32 index) {
  gint64 now_us = g_get_monotonic_time();
  if (self->paces[index] != self->pace)
    self->asked[index] = 0;
  self->paces[index] = self->pace;
  self->ever[index] = (guint8)MIN(self->ever[index] + 1u, G_MAXUINT8);
  self->sent++;
  guint try = ++self->asked[index];
  Ring *ring = try >= self->tries ? &self->last : &self->earlier;
  if (self->ever[index] == 1)
    self->sent_us[index] = now_us;
  self->next_us = now_us + self->gap_us;
  ring->flights[(ring->head + ring->waiting++) % MAX_IN_FLIGHT] =
      (Flight){.index = index, .deadline_us = now_us + timeout_us_of(self, try)};
}

static bool send_to(Sweep *self, guint32 index, GError **error) {
  AkAllowAddress target = *self->target;
  guint16 port = (guint16)(self->sweep->first_port + index);
  gsize size = 0;
  const void *payload = payload_of(self, port, self->ever[index], &size);
  int failure = 0;
  ak_allow_address_set_port(&target, port);
  while (!ak_udp_send(self->fd, &target, payload, size, &failure)) {
    bool is_own_lack = failure == EAGAIN || failure == ENOBUFS || failure == ENOMEM;
    if (!is_own_lack)
      break; /* no way there: it is asked again, and stays unknown */
    if (!pause_for_own_lack(self, failure, error))
      return false;
    if (!goes_on(self))
      return true;
  }
  note_sent(self, index);
  return true;
}

/* The next port to ask; those that did not answer come first. False: none now. */
static bool next_port(Sweep *self, guint32 *index) {
  while (!g_queue_is_empty(&self->again)) {
    *index = GPOINTER_TO_UINT(g_queue_pop_head(&self->again));
    if (!self->decided[*index])
      return true;
  }
  while (self->next < self->count) {
    *index = self->order[self->next++];
    if (*index + self->sweep->first_port != self->own_port)
      return true;
  }
  return false;
}

static bool ask_all(Sweep *self, GError **error) {
  for (guint sent = 0; goes_on(self);) {
    guint32 index = 0;
    if (next_port(self, &index)) {
      if (!wait_for_turn(self))
        return true;
      if (!send_to(self, index, error))
        return false;
      take_errors(self);
      expire(self, g_get_monotonic_time());
      if (++sent % DATA_EVERY == 0)
        take_everything(self);
    } else if (next_deadline_us(self) != G_MAXINT64) {
      look(self, next_deadline_us(self) - g_get_monotonic_time());
    } else {
      return true;
    }
  }
  return true;
}

/* The port at which the sweep's own socket stood, once that is gone. */
static bool ask_own_port(Sweep *self, GError **error) {
  AkAllowAddress target = *self->target;
  gsize size = 0;
  const void *payload = payload_of(self, self->own_port, 0, &size);
  AkAsk ask = {.address = self->sweep->address,
               .port = self->own_port,
               .data = payload,
               .size = size,
               .timeout_ms = (guint)(self->timeout_us / 1000),
               .tries = MIN(self->tries, 5),
               .max_answers = 1};
  g_autoptr(GError) failure = NULL;
  ak_allow_address_set_port(&target, self->own_port);
  int fd = ak_udp_open(&target, true, error);
  if (fd < 0)
    return false;
  g_autoptr(GPtrArray) answers = ak_udp_ask(fd, &target, self->bucket, &ask, &failure);
  close(fd);
  bool refused = failure != NULL && g_str_has_suffix(failure->message, "refused");
  decide(self, (guint32)(self->own_port - self->sweep->first_port),
         answers != NULL ? AK_PORT_OPEN : refused ? AK_PORT_CLOSED : AK_PORT_UNKNOWN);
  return true;
}

static void note_own_port(Sweep *self) {
  AkAllowAddress local = {.size = sizeof local.storage};
  if (getsockname(self->fd, (struct sockaddr *)&local.storage, &local.size) != 0 ||
      !ak_allow_address_equal(&local, self->target, false))
    return;
  for (guint32 i = 0; i < self->count; i++) {
    AkAllowAddress port = *self->target;
    ak_allow_address_set_port(&port, (guint16)(self->sweep->first_port + i));
    if (ak_allow_address_equal(&local, &port, true))
      self->own_port = (guint16)(self->sweep->first_port + i);
  }
}

static void put_in_order(Sweep *self) {
  guint32 at = 0;
  for (guint pass = 0; pass < 2; pass++)
    for (guint32 i = 0; i < self->count; i++) {
      guint16 port = (guint16)(self->sweep->first_port + i);
      bool known = ak_opener_for_port(AK_TRANSPORT_UDP, port, 0, false) != NULL;
      if (known == (pass == 0))
        self->order[at++] = i;
    }
}

static bool run(Sweep *self, GError **error) {
  self->fd = ak_udp_open(self->target, false, error);
  if (self->fd < 0)
    return false;
  note_own_port(self);
  put_in_order(self);
  bool ok = ask_all(self, error);
  close(self->fd);
  if (ok && self->own_port != 0 && goes_on(self))
    ok = ask_own_port(self, error);
  if (ok && !self->cancelled && self->progress != NULL)
    self->cancelled = !self->progress(self->done, self->count, self->data);
  if (ok && self->cancelled)
    return ak_error_set(error, AK_ERROR_CANCELLED, "sweep: stopped");
  return ok;
}

bool ak_udp_sweep(const AkAllowAddress *target, AkBucket *bucket, const AkSweep *sweep,
                  AkPortState *states,
                  bool (*progress)(guint64 done, guint64 total, gpointer data), gpointer data,
                  GError **error) {
  if (sweep->first_port == 0 || sweep->last_port < sweep->first_port)
    return ak_error_set(error, AK_ERROR_CONFIG, "sweep: ports %u-%u", sweep->first_port,
                        sweep->last_port);
  guint32 count = (guint32)(sweep->last_port - sweep->first_port) + 1;
  for (guint32 i = 0; i < count; i++)
    states[i] = AK_PORT_UNKNOWN;
  g_autofree guint32 *order = g_new(guint32, count);
  g_autofree guint8 *asked = g_new0(guint8, count), *decided = g_new0(guint8, count);
  g_autofree guint8 *paces = g_new0(guint8, count), *ever = g_new0(guint8, count);
  g_autofree gint64 *sent_us = g_new0(gint64, count);
  g_autofree Sweep *self = g_new0(Sweep, 1);
  gint64 now_us = g_get_monotonic_time();
  *self = (Sweep){
      .target = target,
      .bucket = bucket,
      .sweep = sweep,
      .states = states,
      .progress = progress,
      .data = data,
      .tries = CLAMP(sweep->tries ? sweep->tries : AK_SWEEP_TRIES, 1, 10),
      .timeout_us = (gint64)(sweep->timeout_ms ? sweep->timeout_ms : DEFAULT_TIMEOUT_MS) * 1000,
      .count = count,
      .order = order,
      .asked = asked,
      .decided = decided,
      .paces = paces,
      .ever = ever,
      .most = ak_net_sweep_packets(sweep),
      .sent_us = sent_us,
      .until_us = sweep->wall_ms ? now_us + (gint64)sweep->wall_ms * 1000 : 0,
      .shown_us = now_us,
  };
  g_queue_init(&self->again);
  bool ok = run(self, error);
  g_queue_clear(&self->again);
  return ok;
}
