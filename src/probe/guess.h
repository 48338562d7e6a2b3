/* A few well-known credentials are tried, one after the other, whatever the protocol. */
#pragma once

#include "probe/attempt.h"

typedef struct {
  AkSink *sink;
  const char *user; /* whose pairs of the list come first; not NULL */
  /* One attempt, accounted for as such; false only with an error that ends the test. */
  bool (*attempt)(gpointer data, const char *user, const char *password, AkAttempt *out,
                  GError **error);
  gpointer data;
} AkGuessPlan;

typedef struct {
  char *user;        /* who could log in, or NULL */
  char *found;       /* the same, masked: "admin:*****" */
  char *evidence;    /* of `found`: both answers, masked */
  bool any_password; /* a random password logs in too */
  char *stopped;     /* why not all of the list were tried, or NULL */
  guint refused;     /* attempts that were refused as wrong */
  bool locked;       /* after at least one of these log-in was refused whatever the credentials */
} AkGuess;
void ak_guess_clear(AkGuess *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AkGuess, ak_guess_clear)

/* Tries the list until one is let in. It counts only where a random password is refused; where no
 * password was asked for, where a random user is. Short locks are waited out. False only with an
 * error that ends the test; a limit of the test ends in `stopped`. */
bool ak_guess_run(const AkGuessPlan *plan, AkGuess *out, GError **error);

/* The lines of a list that is built in ("/akashi/lists/…"). Caller frees. */
GStrv ak_guess_list(const char *resource);
