// Numbers that stopped being numbers.
#include "logscan/patterns/pattern.h"

namespace tidemark {
namespace {

using enum LogCategory;
using enum Said;
using enum Weight;

constexpr std::array kPatterns{
    // Trainers that stop by themselves: Keras, YOLO, DETR and what was written after it.
    Pattern{"Invalid loss, terminating training", numerical, ending},
    Pattern{"non-finite loss, ending training", numerical, ending},
    Pattern{"nan, stopping training", numerical, ending},
    Pattern{"inf, stopping training", numerical, ending},
    Pattern{"returned nan values in its", numerical, raised},
    Pattern{"NaN or Inf found in input tensor", numerical, anywhere, warning},
    Pattern{"positive-definite", numerical, raised},
    Pattern{"positive definite", numerical, raised},
    Pattern{"Singular matrix", numerical, raised},
    Pattern{"singular matrix", numerical, raised},
    Pattern{"matrix is singular", numerical, raised},
    Pattern{"input matrix is singular", numerical, raised},
    Pattern{"did not converge", numerical, raised},
    Pattern{"failed to converge", numerical, raised},
    Pattern{"but found invalid values", numerical, raised},
    Pattern{"probability tensor contains either", numerical, raised},
    Pattern{"invalid multinomial distribution", numerical, raised},
    Pattern{"contains NaN", numerical, raised},
    Pattern{"contains infinity or a value too large", numerical, raised},
    Pattern{"contain NaN", numerical, raised},
    Pattern{"Input contains NaN", numerical, raised},
    Pattern{"must not contain infs or NaNs", numerical, raised},
    Pattern{"cannot convert float NaN to integer", numerical, raised},
    Pattern{"cannot convert float infinity to integer", numerical, raised},
    Pattern{"became infinite or NaN", numerical, raised},
    Pattern{"NaN detected", numerical, raised},
    Pattern{"NaN detected", numerical, anywhere, weak},
    Pattern{"nan detected", numerical, raised},
    Pattern{"became NaN", numerical, raised},
    Pattern{"became nan", numerical, raised},
    Pattern{"ncountered NaN", numerical, raised},
    Pattern{"ncountered nan", numerical, raised},
    Pattern{"NaN encountered", numerical, raised},
    Pattern{"NaNs was produced", numerical, raised},
    Pattern{"NaN loss", numerical, raised},
    Pattern{"nan loss", numerical, raised},
    Pattern{"non-finite", numerical, raised},
    Pattern{"Non-finite", numerical, raised},
    Pattern{"is not finite", numerical, raised},
    Pattern{"Loss is nan", numerical, anywhere, weak},
    Pattern{"Loss is NaN", numerical, anywhere, weak},
    Pattern{"loss is nan", numerical, anywhere, weak},
    Pattern{"loss is NaN", numerical, anywhere, weak},
    Pattern{"Loss is inf", numerical, anywhere, weak},
    Pattern{"loss is inf", numerical, anywhere, weak},
    Pattern{"nan is encountered", numerical, anywhere, weak},
    Pattern{"NaN or Inf found in ", numerical, raised},
    Pattern{"NaN or Inf ", numerical, raised},
    Pattern{"Minimum loss scale reached", numerical, raised},
    Pattern{"Current loss scale already at minimum", numerical, raised},
    Pattern{"loss is not a number", numerical, anywhere, weak},
    Pattern{"is zero, singular U", numerical, raised},
    Pattern{"is nan or inf", numerical, raised},
    Pattern{"nan and/or inf values", numerical, raised},
    Pattern{"Tensor had NaN values", numerical, raised},
    Pattern{"Tensor had Inf values", numerical, raised},
    Pattern{"found NaN in", numerical, raised},
    Pattern{"found Inf in", numerical, raised},
    Pattern{"NaN/Inf", numerical, raised},
    Pattern{"Nan/Inf", numerical, raised},
    Pattern{"nan/inf", numerical, raised},
    Pattern{"NaN or infinite", numerical, raised},
    Pattern{"NaN values", numerical, raised},
    Pattern{"NaN or infinity", numerical, raised},
    Pattern{"nan values", numerical, raised},
};

}  // namespace

std::span<const Pattern> numerical_patterns() {
  return kPatterns;
}

}  // namespace tidemark
