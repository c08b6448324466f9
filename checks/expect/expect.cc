#include "checks/expect/expect.h"
