package lemniscate.contract;

/**
 * The whole contract. A test class of a backend implements this interface and says how the backend
 * is opened.
 */
public interface BackendContract
    extends MemoryContract,
        PrimitiveContract,
        PassContract,
        TargetPassContract,
        PepitaPassContract,
        GoodnessPassContract,
        ImagePassContract,
        StandardizationPassContract,
        PlanContract,
        BadInputContract {}
