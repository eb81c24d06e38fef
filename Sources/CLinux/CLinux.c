// Header-only: SwiftPM wants one translation unit.
#include "CLinux.h"
