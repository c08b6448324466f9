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
    std::vector<Scalar> operator()(const JsonMany& many) const { return many.values; }
  };
  return std::visit(Visitor{}, value);
}

/// Yes if any value is a yes; else it cannot be told if any cannot.
Verdict Any(const std::vector<Verdict>& verdicts) {
  Verdict result;
  for (const Verdict& one : verdicts) {
    if (one.kind == Verdict::Kind::kYes) return one;
    if (one.kind == Verdict::Kind::kCannot) result = one;
  }
  return result;
}

/// No if any value is a no; else it cannot be told if any cannot.
Verdict All(const std::vector<Verdict>& verdicts) {
  Verdict result = Verdict::Of(true);
  for (const Verdict& one : verdicts) {
    if (one.kind == Verdict::Kind::kNo) return one;
    if (one.kind == Verdict::Kind::kCannot) result = one;
  }
  return result;
}

Verdict Turned(Verdict verdict) {
  if (verdict.kind != Verdict::Kind::kCannot) {
    verdict.kind = verdict.kind == Verdict::Kind::kYes ? Verdict::Kind::kNo : Verdict::Kind::kYes;
  }
  return verdict;
}

/// Elements that have no value at the path.
std::size_t MissingIn(const Value& value) {
  const auto* many = std::get_if<JsonMany>(&value);
  return many == nullptr ? 0 : many->missing;
}

bool IsTurned(const Program& program) {
  return program.is_negated != (program.op == Operator::kNotEqual);
}

/// `exists`: whether there is a value, in every element with `all`.
Verdict JudgeExistence(const Program& program, const Value& value, bool is_cut) {
  const auto* missing = std::get_if<Missing>(&value);
  if (missing != nullptr && (missing->is_untold || is_cut)) return Verdict::Cannot(missing->why);
  const bool any = missing == nullptr;
  const bool all = any && MissingIn(value) == 0;
  switch (program.quantifier) {
    case Quantifier::kNone:
      return Verdict::Of(any != program.is_negated);
    case Quantifier::kAny:
      return Verdict::Of(program.is_negated ? !all : any);
    case Quantifier::kAll:
      return Verdict::Of(program.is_negated ? !any : all);
  }
  return Verdict::Of(false);
}

/// Without a quantifier the negation is of the whole: it holds where no value satisfies. With one
/// it is each value that has to satisfy the negated operator.
Verdict Judge(const Program& program, const Value& value, bool is_cut) {
  if (program.op == Operator::kExists) return JudgeExistence(program, value, is_cut);
  if (const auto* missing = std::get_if<Missing>(&value)) return Verdict::Cannot(missing->why);
  std::vector<Verdict> verdicts;
  for (const Scalar& scalar : Scalars(value)) {
    Verdict one = Compare(program, scalar, is_cut);
    const bool is_each = program.quantifier != Quantifier::kNone;
    verdicts.push_back(is_each && IsTurned(program) ? Turned(std::move(one)) : std::move(one));
  }
  switch (program.quantifier) {
    case Quantifier::kNone:
      break;
    case Quantifier::kAny:
      return Any(verdicts);
    case Quantifier::kAll:
      if (MissingIn(value) > 0) verdicts.push_back(Verdict::Cannot("an element has no such value"));
      return All(verdicts);
  }
  Verdict verdict = Any(verdicts);
  return IsTurned(program) ? Turned(std::move(verdict)) : verdict;
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
  result.pass = verdict.kind == Verdict::Kind::kYes;
  return result;
}

}  // namespace gaikei::expect
