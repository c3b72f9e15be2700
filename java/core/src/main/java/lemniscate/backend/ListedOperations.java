package lemniscate.backend;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import lemniscate.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A recording that does nothing but tell what is enqueued. Passes that are made of primitives by
 * default are told as these, so that the products inside them are found. Serves any vocabulary of
 * operations.
 */
public final class ListedOperations {

  private ListedOperations() {}

  /** Tells every operation to {@code sink}, in order. */
  public static Operations to(Consumer<RecordedOperation> sink) {
    return telling(Operations.class, sink);
  }

  private static <T> T telling(Class<T> type, Consumer<RecordedOperation> sink) {
    InvocationHandler handler =
        (proxy, method, arguments) -> {
          if (method.getDeclaringClass() == Object.class) {
            return method.invoke(sink, arguments);
          }
          if (method.isDefault()) {
            return InvocationHandler.invokeDefault(proxy, method, arguments);
          }
          Class<?> result = method.getReturnType();
          if (result.isInterface()) {
            return telling(result, sink);
          }
          RecordedOperation operation =
              operation(arguments == null ? List.of() : Arrays.asList(arguments));
          // No products at all are no operation.
          if (!operation.products().isEmpty() || !operation.operands().isEmpty()) {
            sink.accept(operation);
          }
          return null;
        };
    return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
  }

  private static RecordedOperation operation(List<? extends @Nullable Object> arguments) {
    List<Gemm> products = new ArrayList<>();
    List<Tensor> operands = new ArrayList<>();
    for (Object argument : arguments) {
      switch (argument) {
        case List<?> several -> several.forEach(each -> products.add((Gemm) each));
        case Tensor tensor -> operands.add(tensor);
        case null, default -> {
          // A number, or an operand that is left out.
        }
      }
    }
    return new RecordedOperation(products, operands);
  }
}
