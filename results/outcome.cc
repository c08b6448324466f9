#include "results/outcome.h"
