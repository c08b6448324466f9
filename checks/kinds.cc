#include "checks/kinds.h"
