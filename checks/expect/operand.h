#pragma once

#include <string_view>
#include <tl/expected.hpp>

#include "checks/expect/expect.h"
#include "checks/expect/program.h"
#include "checks/expect/scanner.h"

namespace gaikei::expect {

/// True for operators that ask for an order: < <= > >=.
bool IsOrdering(Operator op);

/// True where the operator makes sense for values of the type.
bool IsFit(Type type, Operator op);

/// A value as written becomes one that `row` is compared with by `op`. Errors point at it.
tl::expected<Operand, CompileError> MakeOperand(const ScannedValue& value, const SubjectRow& row,
                                                Operator op);

/// `low..high`; each end is a value as `row` is compared with by <.
tl::expected<Operand, CompileError> MakeRange(const ScannedValue& value, const SubjectRow& row);
/// True when the value is written as a range.
bool IsRange(const ScannedValue& value);

}  // namespace gaikei::expect
