#include "scheduler/runner.h"
