using System.Diagnostics.CodeAnalysis;

[assembly: SuppressMessage("Naming", "CA1711", Justification = "The field's terms decide: StatefulSet, GtidSet.")]
