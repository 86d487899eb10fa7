// libsoxr: nothing here needs a shim.
#pragma once
#include <soxr.h>
