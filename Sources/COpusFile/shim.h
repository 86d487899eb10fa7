// libopusfile. Swift cannot import the variadic opus_multistream_decoder_ctl: this asks it for one of its decoders.
#pragma once
#include <opusfile.h>

// The decoder of a multistream decoder's first stream; NULL where there is none.
static inline OpusDecoder *partyline_opus_first_decoder(OpusMSDecoder *decoder) {
  OpusDecoder *first = NULL;
  return opus_multistream_decoder_ctl(decoder, OPUS_MULTISTREAM_GET_DECODER_STATE(0, &first)) == OPUS_OK ? first : NULL;
}
