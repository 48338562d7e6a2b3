static inline void shared_fails(const char *what) { g_error("%s", what); }
