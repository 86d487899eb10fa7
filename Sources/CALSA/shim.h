// alsa-lib's PCM interface. Swift can import no pointer to a variadic function, and the library's error handler is one: until
// it is given a handler, the library writes each refusal to standard error in words of its own.
#pragma once
#include <alsa/asoundlib.h>

static inline void partyline_alsa_drop_error(
    const char *file, int line, const char *function, int error, const char *format, ...) {}

static inline void partyline_alsa_keep_quiet(void) { snd_lib_error_set_handler(partyline_alsa_drop_error); }
