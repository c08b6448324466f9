#include <utility>

#include "checks/expect/actual.h"
#include "checks/expect/compare.h"
#include "checks/expect/program.h"

namespace gaikei::expect {
namespace {

/// The values to compare; several only where the source gave several.
std::vector<Scalar> Scalars(const Value& value) {
  struct Visitor {
    std::vector<Scalar> operator()(const Missing&) const { return {}; }
    std::vector<Scalar> operator()(double number) const { return {number}; }
    std::vector<Scalar> operator()(std::string_view text) const { return {text}; }
    std::vector<Scalar> operator()(const std::vector<std::string_view>& several) const {
      return {several.begin(), several.end()};
    }
    std::vector<Scalar> operator()(bool flag) const { return {flag}; }
    std::vector<Scalar> operator()(JsonNull null) const { return {null}; }
    std::vector<Scalar> operator()(JsonWhole whole) const { return {whole}; }
  };
  return std::visit(Visitor{}, value);
}

/// Yes if any value is a yes; else it cannot be told if any cannot.
Verdict Any(const Program& program, const Value& value, bool is_cut) {
  Verdict verdict;
  for (const Scalar& scalar : Scalars(value)) {
    Verdict one = Compare(program, scalar, is_cut);
    if (one.kind == Verdict::Kind::kYes) return one;
    if (one.kind == Verdict::Kind::kCannot) verdict = std::move(one);
  }
  return verdict;
}

Verdict Judge(const Program& program, const Value& value, bool is_cut) {
  const auto* missing = std::get_if<Missing>(&value);
  if (program.op == Operator::kExists) {
    if (missing != nullptr && (missing->is_untold || is_cut)) return Verdict::Cannot(missing->why);
    return Verdict::Of(missing == nullptr);
  }
  if (missing != nullptr) return Verdict::Cannot(missing->why);
  return Any(program, value, is_cut);
}

}  // namespace

ExpectResult Run(const Program& program, const Source& source) {
  const Subject subject = program.subject.row->subject;
  const Value value = source.Get(subject, program.subject.argument);
  Verdict verdict = Judge(program, value, source.IsCut(subject));

  ExpectResult result;
  result.expression = program.text;
  result.actual = ShowActual(value, program.subject);
  if (verdict.kind == Verdict::Kind::kCannot) {
    result.error = verdict.why.empty() ? "there is nothing to look at" : std::move(verdict.why);
    return result;
  }
  const bool is_turned = program.is_negated != (program.op == Operator::kNotEqual);
  result.pass = (verdict.kind == Verdict::Kind::kYes) != is_turned;
  return result;
}

}  // namespace gaikei::expect
