package lemniscate.timing;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.function.Consumer;
import lemniscate.backend.Backend;
import lemniscate.backend.Gemm;
import lemniscate.backend.Operations;
import lemniscate.backend.Plan;
import lemniscate.tensor.Arena;
import lemniscate.tensor.DType;
import lemniscate.tensor.Tensor;

/**
 * A backend that makes the products of what it records on another backend, and nothing else: what a
 * step takes at least, by that backend's products. Every value that is read is 0.
 */
final class ProductsOnly implements Backend {

  private final Backend backend;
  private double flops;

  ProductsOnly(Backend backend) {
    this.backend = backend;
  }

  /** Floating-point operations of all plans that have been run. */
  double flops() {
    return flops;
  }

  @Override
  public Plan record(Consumer<Operations> step) {
    double[] recorded = new double[1];
    Plan plan =
        backend.record(
            ops ->
                step.accept(
                    products(
                        Operations.class,
                        gemms -> {
                          gemms.forEach(gemm -> recorded[0] += gemm.flops());
                          ops.gemms(gemms);
                        })));
    return new Plan() {
      @Override
      public void run() {
        flops += recorded[0];
        plan.run();
      }

      @Override
      public void close() {
        plan.close();
      }
    };
  }

  // Whatever the vocabulary of operations is, and becomes: passes that are made of primitives by
  // default are made of them here, so that their products are found.
  private static <T> T products(Class<T> type, Consumer<List<Gemm>> sink) {
    InvocationHandler handler =
        (proxy, method, arguments) -> {
          if (isGemms(method)) {
            sink.accept(gemms(arguments));
            return null;
          }
          if (method.getDeclaringClass() == Object.class) {
            return method.invoke(sink, arguments);
          }
          if (method.isDefault()) {
            return InvocationHandler.invokeDefault(proxy, method, arguments);
          }
          Class<?> result = method.getReturnType();
          return result.isInterface() ? products(result, sink) : null;
        };
    return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
  }

  private static boolean isGemms(Method method) {
    return method.getDeclaringClass() == Operations.class && method.getName().equals("gemms");
  }

  @SuppressWarnings("unchecked") // the parameter of Operations.gemms
  private static List<Gemm> gemms(Object[] arguments) {
    return (List<Gemm>) arguments[0];
  }

  @Override
  public String name() {
    return backend.name();
  }

  @Override
  public DType dtype() {
    return backend.dtype();
  }

  @Override
  public String description() {
    return "products of: " + backend.description();
  }

  @Override
  public Arena newArena() {
    return backend.newArena();
  }

  @Override
  public void upload(float[] source, Tensor target) {}

  @Override
  public void upload(double[] source, Tensor target) {}

  @Override
  public void download(Tensor source, double[] target) {}

  @Override
  public void download(Tensor source, float[] target) {}

  @Override
  public double scalar(Tensor source) {
    return 0;
  }

  @Override
  public void setScalar(double value, Tensor target) {}

  @Override
  public void synchronize() {
    backend.synchronize();
  }

  @Override
  public void close() {}
}
