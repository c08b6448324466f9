#include "regions/region.h"
