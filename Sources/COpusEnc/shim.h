// libopusenc. Swift cannot import the variadic ope_encoder_ctl: this forwards one request with its one argument.
#pragma once
#include <opusenc.h>

static inline int partyline_ope_encoder_set(OggOpusEnc *encoder, int request, opus_int32 value) {
  return ope_encoder_ctl(encoder, request, value);
}
