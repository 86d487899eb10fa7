// libopusfile: nothing here needs a shim.
#pragma once
#include <opusfile.h>
