// libebur128: nothing here needs a shim.
#pragma once
#include <ebur128.h>
