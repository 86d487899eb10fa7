// the resampler of speexdsp: nothing here needs a shim.
#pragma once
#include <speex/speex_resampler.h>
