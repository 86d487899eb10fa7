// libsndfile: nothing here needs a shim.
#pragma once
#include <sndfile.h>
