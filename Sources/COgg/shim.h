// libogg: nothing here needs a shim.
#pragma once
#include <ogg/ogg.h>
