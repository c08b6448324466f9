#pragma once

// ldns, without the macros by which it would redefine bool, true and false: they are there.
#include <stdbool.h>
// clang-format off: the order matters
#include <ldns/ldns.h>
// clang-format on
