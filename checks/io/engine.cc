#include "checks/io/engine.h"
